"""What a photo costs: the ladder of renditions, its memory, and the answer to an upload.

    python bench/photos.py [--rounds 5] [--write]

Every figure is a ratio to bare Pillow doing the same work in the same run: same decoding, same
chain of sizes, same crops and qualities, files written to the same disk. Each side runs in a
process of its own, by turns; the best of the rounds counts. The upload is the whole request at the
desk, from the posted bytes to the answer. The picture has 12 megapixels, with
edges, smooth areas and grain at several scales, as a camera's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grounds import RESULTS, ROOT, Grounds, machine, write_results
from PIL import Image

WIDTH, HEIGHT = 4000, 3000
STRUCTURE = (
    (256, 0.5), (64, 0.4), (32, 0.3), (16, 0.25), (8, 0.2), (4, 0.16), (2, 0.1), (1, 0.04),
)  # fmt: skip


def camera_picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A made-up photograph: sky, ridges and grain, neither flatter nor noisier than a real one."""
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge(
        "RGB", (sky.point(lambda v: 90 + v // 3), sky, sky.point(lambda v: 210 - v // 2))
    )
    # Structure falls with its size as in photographs: large shapes strong, fine ones weak.
    for scale, strength in STRUCTURE:
        size = (width // scale + 2, height // scale + 2)
        noise = Image.effect_noise(size, 64).resize((width, height), Image.Resampling.BICUBIC)
        picture = Image.blend(picture, noise.convert("RGB"), strength)
    # An edge: dark land under a bright sky.
    land = Image.new("L", (width, height))
    land.paste(255, (0, int(height * 0.62), width, height))
    return Image.composite(picture.point(lambda v: v * 2 // 5), picture, land)


def bare_ladder(source: Path, folder: Path, format_: str) -> int:
    """The whole ladder of one format by Pillow alone; bytes written."""
    from articles.renditions import _OPTIONS, _QUALITY, LADDER, RATIOS

    image: Image.Image = Image.open(source)
    image.draft(None, (2000, 1500))
    image.load()
    larger, written = [image], 0
    for crop in ("free", "16x9", "4x3", "1x1"):
        for width in sorted(LADDER[format_].get(crop, ()), reverse=True):
            across, down = RATIOS.get(crop, image.size)
            fitting = [
                one for one in larger if min(one.width, one.height * across // down) >= width
            ]
            base = fitting[-1]
            box_width = min(base.width, round(base.height * across / down))
            box_height = min(base.height, round(box_width * down / across))
            left, top = (base.width - box_width) // 2, (base.height - box_height) // 2
            box = (left, top, left + box_width, top + box_height)
            size = (width, max(1, round(box_height * width / box_width)))
            small = base.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
            if crop == "free":
                larger.append(small)
            path = folder / f"{crop}-{width}.{format_}"
            quality = _QUALITY[format_][width >= 1000]
            small.save(path, format_, quality=quality, **_OPTIONS[format_])
            written += path.stat().st_size
    return written


def bare_upload(source: Path, folder: Path) -> int:
    """Writing the file and the quick JPEG with its square, by Pillow alone."""
    data = source.read_bytes()
    copy = folder / "original.jpg"
    copy.write_bytes(data)
    image: Image.Image = Image.open(copy)
    image.draft(None, (WIDTH * 640 // WIDTH, HEIGHT * 640 // WIDTH))
    quick = image.resize((640, 480), Image.Resampling.LANCZOS, reducing_gap=2.0)
    square = image.resize(
        (192, 192),
        Image.Resampling.LANCZOS,
        box=((image.width - image.height) // 2, 0, (image.width + image.height) // 2, image.height),
        reducing_gap=2.0,
    )
    written = len(data)
    for name, small in (("quick", quick), ("square", square)):
        path = folder / f"{name}.jpg"
        small.save(path, "JPEG", quality=78, optimize=True, progressive=True)
        written += path.stat().st_size
    return written


def work(task: str, source: Path, rounds: int) -> dict[str, Any]:
    """One side of a comparison, in this process; times in ms."""
    grounds = Grounds("photos", "sqlite")
    try:
        run, result = _task(task, source, grounds)
        run(-1)
        before = [time.perf_counter(), time.process_time()]
        walls, processors = [], []
        for number in range(rounds):
            before = [time.perf_counter(), time.process_time()]
            result["bytes"] = run(number)
            walls.append(1000 * (time.perf_counter() - before[0]))
            processors.append(1000 * (time.process_time() - before[1]))
        result["ms"] = round(min(walls), 1)
        result["median_ms"] = round(statistics.median(walls), 1)
        result["processor_ms"] = round(min(processors), 1)
        result["peak_mb"] = peak_mb()
        return result
    finally:
        grounds.tear_down()


def _task(task: str, source: Path, grounds: Grounds) -> Any:
    kind, _, what = task.partition(" ")
    if kind == "bare":
        folder = grounds.folder / "bare"
        folder.mkdir()
        if what == "upload":
            return (lambda number: bare_upload(source, folder)), {}
        return (lambda number: bare_ladder(source, folder, what)), {}
    if what == "upload":
        return _desk(source), {}
    return _ladder(source, tuple(what.split("+"))), {}


def _ladder(source: Path, formats: tuple[str, ...]) -> Any:
    from django.core.files.base import ContentFile

    from articles.models import Photo
    from articles.renditions import make_all

    photo = Photo(alt="写真", credit="高井 悠人")
    photo.original.save(source.name, ContentFile(source.read_bytes(), name=source.name))

    def run(number: int) -> int:
        # Another credit is another recipe: every file is made and written again.
        photo.credit = f"高井 悠人{number}"
        photo.save()
        make_all(photo, formats)
        return sum(entry["bytes"] for entry in photo.ladder)

    return run


def _desk(source: Path) -> Any:
    """The whole request at the desk: log in once, then post the file as the upload page does."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from articles.models import Photo

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.create_superuser("desk"))
    data = source.read_bytes()

    def run(number: int) -> int:
        Photo.objects.all().delete()
        upload = SimpleUploadedFile("DSC_0001.jpg", data, "image/jpeg")
        response = client.post(
            "/admin/articles/photo/upload/",
            {"files": [upload], "rights_web": "on"},
            headers={"accept": "application/json"},
        )
        if response.status_code != 200 or Photo.objects.count() != 1:
            raise RuntimeError(response.content.decode()[:2000])
        return len(data)

    return run


def peak_mb() -> int:
    """The most memory that this process ever held."""
    # getrusage() would count what the parent held when it forked.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def side(task: str, source: Path, rounds: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--side", task, str(source), "--rounds", str(rounds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{task}: {done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def compared(what: str, source: Path, rounds: int) -> dict[str, Any]:
    """Both sides by turns, three processes each; the best of each counts."""
    ours, bare = [], []
    for _ in range(3):
        bare.append(side(f"bare {what}", source, rounds))
        ours.append(side(f"ours {what}", source, rounds))
    best_ours = min(ours, key=lambda result: result["ms"])
    best_bare = min(bare, key=lambda result: result["ms"])
    return {
        "ours": best_ours,
        "bare": best_bare,
        "ratio": round(best_ours["ms"] / best_bare["ms"], 2),
        "ratio_of_processor": round(
            min(r["processor_ms"] for r in ours) / min(r["processor_ms"] for r in bare), 2
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}/photos.json")
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(work(options.side[0], Path(options.side[1]), options.rounds)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-photos-") as folder:
        picture = camera_picture()
        paths = {
            "landscape": Path(folder) / "landscape.jpg",
            "upright": Path(folder) / "upright.jpg",
            "print": Path(folder) / "print.jpg",
            "png": Path(folder) / "picture.png",
        }
        picture.save(paths["landscape"], "JPEG", quality=92)
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(paths["upright"], "JPEG", quality=92, exif=exif)
        picture.convert("CMYK").save(paths["print"], "JPEG", quality=92)
        picture.save(paths["png"], "PNG", compress_level=1)
        jpeg = paths["landscape"]
        results: dict[str, Any] = {
            "picture": {"megapixels": WIDTH * HEIGHT / 1e6, "bytes": jpeg.stat().st_size},
            "webp_ladder": compared("webp", jpeg, options.rounds),
            "avif_ladder": compared("avif", jpeg, options.rounds),
            "upload": compared("upload", jpeg, options.rounds * 2),
            "peak_mb": {
                name: side("ours webp+jpeg+avif", path, 1)["peak_mb"]
                for name, path in paths.items()
            },
        }
    if options.write:
        write_results("photos", results)
    else:
        print(json.dumps({"machine": machine(), "results": results}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
