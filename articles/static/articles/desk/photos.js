// The photos of the form as readers will see them cut, and the library to choose from.
'use strict';
{
  const desk = window.newsportalDesk;
  const PREFIX = 'article_photos';
  const FAILED = '写真を読み込めませんでした。ログインが切れていないか、通信を確かめてください。';

  document.addEventListener('DOMContentLoaded', () => {
    const box = document.querySelector('[data-photos]');
    if (!box || !desk || !desk.form) return;
    const [cards, found, search] = ['cards', 'found', 'search'].map((name) => box.querySelector(`[data-photos-${name}]`));
    let shown = null;

    // The numbers of the photos in the form, in the order in which they stand there.
    function inForm() {
      const fields = [...desk.form.querySelectorAll(`select[name^=${PREFIX}-][name$=-photo]`)];
      return fields
        .filter((field) => field.value && !field.name.includes('__prefix__') && !desk.form.elements[field.name.replace(/photo$/, 'DELETE')]?.checked)
        .map((field) => field.value);
    }

    async function piece(query) {
      const answer = await fetch(`${box.dataset.url}?${new URLSearchParams(query)}`);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return new DOMParser().parseFromString(await answer.text(), 'text/html').body.firstElementChild;
    }

    function cut(list) {
      for (const image of list.querySelectorAll('[data-ratio]')) {
        image.style.aspectRatio = image.dataset.ratio;
        image.style.objectPosition = image.dataset.position;
      }
    }

    async function showCards() {
      const ids = inForm().join();
      if (ids === shown) return;
      shown = ids;
      try {
        const list = await piece({ ids });
        if (ids !== shown) return;
        cut(list);
        cards.replaceChildren(list);
        desk.badge('photos', list.dataset.problems.length);
        markAdded();
      } catch {
        shown = null;
        cards.textContent = FAILED;
      }
    }

    function markAdded() {
      const present = new Set(inForm());
      for (const button of found.querySelectorAll('[data-add]')) button.disabled = present.has(button.dataset.add);
    }

    async function look() {
      try {
        found.replaceChildren(await piece({ q: search.elements.q.value }));
        markAdded();
      } catch {
        found.textContent = FAILED;
      }
    }

    function add(number, words) {
      const link = document.querySelector(`#${PREFIX}-group .add-row a`);
      if (!link) {
        desk.tell('この記事には写真を入れられません。', 'error');
        return;
      }
      link.click();
      const rows = Number(desk.form.elements[`${PREFIX}-TOTAL_FORMS`].value);
      const field = desk.form.elements[`${PREFIX}-${rows - 1}-photo`];
      field.append(new Option(words, number, true, true));
      window.django.jQuery(field).trigger('change');
      desk.tell(`写真${number}を入れました。保存すると記事に付きます。`);
    }

    search.addEventListener('submit', (event) => {
      event.preventDefault();
      look();
    });
    // Enter that ends a composition does not search.
    search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.isComposing || event.keyCode === 229)) event.preventDefault();
    });
    found.addEventListener('click', (event) => {
      const button = event.target.closest('[data-add]');
      if (!button || button.disabled) return;
      add(button.dataset.add, button.dataset.words);
      showCards();
    });
    document.addEventListener('desk:changed', () => {
      if (desk.shown() === 'photos') showCards();
    });
    document.addEventListener('desk:panel', (event) => {
      if (event.detail.name !== 'photos') return;
      showCards();
      if (!found.children.length) look();
    });
  });
}
