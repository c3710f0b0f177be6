// The tab 履歴: the list of versions, fetched when the tab is opened, and what is in the form now
// beside what is stored. Without this script the list is a page of its own.
'use strict';
{
  const desk = () => window.newsportalDesk;
  const part = (name) => document.querySelector(`[data-history=${name}]`);

  async function load() {
    const list = part('list');
    if (!list || list.dataset.loaded) return;
    list.dataset.loaded = '1';
    try {
      const answer = await fetch(list.dataset.url, { headers: { 'X-Requested-With': 'fetch' } });
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
    } catch {
      delete list.dataset.loaded;
      list.textContent = '版の一覧を読み込めませんでした。タブを開き直してください。';
    }
  }

  async function compareTyped(button) {
    const box = part('comparison');
    box.textContent = '比べています…';
    try {
      const answer = await desk().post(button.dataset.url, desk().values());
      if (!answer.ok) throw new Error(String(answer.status));
      box.innerHTML = await answer.text();
    } catch {
      box.textContent = '比べられませんでした。もう一度押してください。';
    }
  }

  async function pin(form) {
    const answer = await fetch(form.action, {
      method: 'POST', body: new FormData(form), headers: { 'X-Requested-With': 'fetch' },
    });
    const list = part('list');
    if (!answer.ok) {
      desk().tell('「残す」を変えられませんでした。', 'error');
      return;
    }
    list.innerHTML = await answer.text();
    list.querySelector('button, a')?.focus();
  }

  document.addEventListener('desk:panel', (event) => {
    if (event.detail.name === 'history') load();
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-history=typed]');
    if (button) compareTyped(button);
  });
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('[data-history=list] .pin-form')) return;
    event.preventDefault();
    pin(event.target);
  });
}
