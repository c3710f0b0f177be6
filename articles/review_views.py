"""The page behind a review link: one article for one person, without an account."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from articles import review_links
from articles.previewing import in_words, review_page

_UNKNOWN = "このアドレスのページはありません。送られたリンクをもう一度お確かめください。"
_ENDED = "この確認用リンクは使えなくなりました。リンクを送った編集者にお尋ねください。"
_TOO_OFTEN = "短い間に何度も開かれたため、しばらくお待ちください。10分ほどでまた開けます。"


class AnswerForm(forms.Form):
    words = forms.CharField(
        label="ご意見",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponse:
    """The article as it will be, with a box for words and a button to agree."""
    return _sealed(_review(request, token))


def _review(request: HttpRequest, token: str) -> HttpResponse:
    link = review_links.find(token)
    if link is None:
        return in_words(request, _UNKNOWN, 404)
    if not link.is_open:
        return in_words(request, _ENDED, 410)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    try:
        if request.method == "POST" and form.is_valid():
            try:
                words, agrees = form.cleaned_data["words"], "agree" in request.POST
                review_links.answer(link, words=words, agrees=agrees)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return HttpResponseRedirect(f"{request.path}?sent=1#answer")
        elif request.method == "GET" and "sent" not in request.GET:
            review_links.opened(link)
    except review_links.TooOftenError:
        return in_words(request, _TOO_OFTEN, 429)
    draft = review_links.draft_of(link)
    extra = {
        "link": link,
        "form": form,
        "sent": "sent" in request.GET,
        "longest": review_links.WORDS,
    }
    return review_page(request, draft, extra)


def _sealed(response: HttpResponse) -> HttpResponse:
    """Nobody keeps the page, and no other site learns of its address."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # Not "no-referrer": browsers then send forms without an origin, which are refused as forged.
    response["Referrer-Policy"] = "same-origin"
    return response
