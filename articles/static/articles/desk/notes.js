// Notes on the article: loaded when their tab is opened, sent without leaving the form.
'use strict';
{
  const desk = window.newsportalDesk;
  const FAILED = '書き込めませんでした。ログインが切れていないか、通信を確かめてください。';
  const MOST_NAMES = 8;

  document.addEventListener('DOMContentLoaded', () => {
    const box = document.querySelector('[data-notes-tab]');
    if (!box || !desk) return;
    let isLoaded = false;

    function put(text, { focus = false } = {}) {
      const piece = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-notes]');
      if (!piece) return false;
      box.replaceChildren(piece);
      desk.badge('notes', Number(piece.dataset.open));
      complete(piece.querySelector('textarea'), piece);
      if (focus) piece.querySelector('textarea').focus();
      return true;
    }

    async function load() {
      isLoaded = true;
      try {
        const answer = await fetch(box.dataset.url);
        if (!put(await answer.text())) isLoaded = false;
      } catch {
        // The link that stands there leads to the same page.
        isLoaded = false;
      }
    }

    box.addEventListener('submit', async (event) => {
      const form = event.target.closest('[data-note-form]');
      if (!form) return;
      event.preventDefault();
      const data = new FormData(form, event.submitter);
      try {
        const answer = await desk.post(form.action, data);
        // What was typed into another note meanwhile stays.
        const kept = form.classList.contains('note-form') ? '' : box.querySelector('textarea').value;
        if (!put(await answer.text(), { focus: form.classList.contains('note-form') })) desk.tell(FAILED, 'error');
        else if (kept) box.querySelector('textarea').value = kept;
      } catch {
        desk.tell(FAILED, 'error');
      }
    });

    document.addEventListener('desk:panel', (event) => {
      if (event.detail.name === 'notes' && !isLoaded) load();
    });
    desk.badge('notes', Number(box.dataset.open));
  });

  // --- names of colleagues after an @

  function complete(field, piece) {
    const list = piece.querySelector('[role=listbox]');
    const names = [...piece.querySelectorAll('[data-colleagues] option')].map((option) => option.value);
    let chosen = 0;
    const bare = (text) => text.replace(/\s/g, '').toLowerCase();
    const begun = () => /(?:^|[^\w.-])[@＠]([^\s@＠、。]{0,30})$/.exec(field.value.slice(0, field.selectionStart));

    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', list.id);

    function close() {
      list.hidden = true;
      list.replaceChildren();
      field.removeAttribute('aria-activedescendant');
    }

    function mark() {
      [...list.children].forEach((item, place) => item.setAttribute('aria-selected', String(place === chosen)));
      field.setAttribute('aria-activedescendant', list.children[chosen].id);
    }

    function offer() {
      const typed = begun();
      const found = typed ? names.filter((name) => bare(name).includes(bare(typed[1]))).slice(0, MOST_NAMES) : [];
      if (!found.length) {
        close();
        return;
      }
      list.replaceChildren(...found.map((name, place) => {
        const item = document.createElement('li');
        item.id = `note-name-${place}`;
        item.setAttribute('role', 'option');
        item.textContent = name;
        return item;
      }));
      list.hidden = false;
      chosen = 0;
      mark();
    }

    function take(name) {
      const typed = begun();
      if (!typed) return;
      const end = field.selectionStart;
      field.setRangeText(`@${name} `, end - typed[1].length - 1, end, 'end');
      close();
      field.focus();
    }

    field.addEventListener('input', (event) => {
      if (!event.isComposing) offer();
    });
    field.addEventListener('compositionend', offer);
    field.addEventListener('blur', () => setTimeout(close, 200));
    list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      if (event.target.closest('[role=option]')) take(event.target.textContent);
    });
    field.addEventListener('keydown', (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (list.hidden) {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        field.form.requestSubmit();
        return;
      }
      const count = list.children.length;
      if (event.key === 'ArrowDown') chosen = (chosen + 1) % count;
      else if (event.key === 'ArrowUp') chosen = (chosen + count - 1) % count;
      else if (event.key === 'Enter' || event.key === 'Tab') take(list.children[chosen].textContent);
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
      event.stopPropagation();
      if (!list.hidden) mark();
    });
  }
}
