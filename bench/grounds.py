"""A fresh portal for a measurement: a database and a var/ of its own, articles to read.

`prepare()` is called before anything of Django is imported, `tear_down()` at the end.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
POSTGRES = os.environ.get("BENCH_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


class Grounds:
    def __init__(self, name: str, database: str, **environment: str) -> None:
        """`database`: sqlite or postgres."""
        self.name = f"newsportal_bench_{name}_{os.getpid()}"
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        if database == "postgres":
            self._on_server(f"CREATE DATABASE {self.name}")
            url = urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{self.name}"))
        else:
            url = f"sqlite:///{self.folder}/bench.sqlite3"
        os.environ.update(
            VAR_DIR=str(self.folder),
            DATABASE_URL=url,
            DJANGO_SETTINGS_MODULE="newsportal.settings",
            SECRET_KEY="only for measurements, of more than thirty-two characters",  # noqa: S106
            DEBUG="0",
            **environment,
        )
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)

    def articles(self, count: int) -> list[int]:
        """Published articles; returns their ids."""
        from django.utils import timezone

        from articles.models import Article, Section

        section = Section.objects.create(name="社会", slug="society")
        now = timezone.now()
        for start in range(0, count, 5000):
            Article.objects.bulk_create(
                Article(
                    headline=f"夜明けの港に六十年、灯台を守る手の記憶{number}",
                    section=section,
                    status=Article.Status.PUBLISHED,
                    publish_at=now,
                )
                for number in range(start, min(start + 5000, count))
            )
        return list(Article.objects.order_by("pk").values_list("pk", flat=True))

    def tear_down(self) -> None:
        from django.db import connections

        connections.close_all()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.database == "postgres":
            self._on_server(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _on_server(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(statement)


def write_results(name: str, results: Any) -> None:
    """Keeps the numbers with the machine and its load, and prints them."""
    RESULTS.mkdir(exist_ok=True)
    document = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    document |= {"machine": machine(), "results": results}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)


def machine() -> dict[str, Any]:
    model = ""
    with Path("/proc/cpuinfo").open() as lines:
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system() + " " + platform.release(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }
