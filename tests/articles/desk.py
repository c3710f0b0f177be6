"""What the tests of the desk share: people with a role, forms as a browser sends them."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from newsportal import roles
from newsportal.roles import Role

ADD = "/admin/articles/article/add/"


def change(article) -> str:
    return f"/admin/articles/article/{article.pk}/change/"


def person(role: Role, name: str = "") -> User:
    roles.set_up()
    user = User.objects.create_user(name or role.value, last_name="高井", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.group_name(role)))
    return user


def jpeg(color: str = "teal", size: tuple[int, int] = (800, 600), name: str = "港.jpg"):
    out = BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


class _Form(HTMLParser):
    """The fields of the page's own form, as a browser would send them without a button."""

    def __init__(self):
        super().__init__()
        self.values: dict[str, str] = {}
        self.inside = False
        self.textarea = self.select = None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.inside = (found.get("id") or "").endswith("_form")
        if not self.inside:
            return
        name = found.get("name")
        if tag == "input" and name and found.get("type") not in {"submit", "file"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                boxed = found.get("type") in {"checkbox", "radio"}
                self.values[name] = found.get("value") or ("on" if boxed else "")
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = ""
        elif tag == "select":
            self.select = name
            self.values[name] = ""
        elif tag == "option" and self.select and "selected" in found:
            self.values[self.select] = found.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.textarea = None
        if tag == "select":
            self.select = None

    def handle_data(self, data):
        if self.textarea:
            self.values[self.textarea] += data


def fields(response) -> dict[str, str]:
    """What the form on a page would send; the templates of empty rows left out."""
    form = _Form()
    form.feed(response.content.decode())
    return {
        # HTML drops the first line break of a textarea.
        name: value.removeprefix("\n").replace("\r\n", "\n")
        for name, value in form.values.items()
        if "__prefix__" not in name and name != "csrfmiddlewaretoken"
    }


def row(data: dict[str, str], prefix: str, **values: object) -> None:
    """Adds a row to an inline, as its 「追加」 link does."""
    number = int(data[f"{prefix}-TOTAL_FORMS"])
    data[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
    for name, value in values.items():
        data[f"{prefix}-{number}-{name}"] = str(value)


def words(response) -> str:
    return response.content.decode()
