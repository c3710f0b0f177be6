// 関連記事の候補: asked for when the rows come into sight, and again when what they follow from
// has changed. One click makes a row.
'use strict';
{
  const PREFIX = 'related_items';

  document.addEventListener('DOMContentLoaded', () => {
    const group = document.getElementById(`${PREFIX}-group`);
    const form = document.getElementById('article_form');
    if (!group || !form || !group.querySelector('.add-row a')) return;
    const address = `${location.pathname.replace(/article\/.*$/, 'article/')}suggestions/`;
    const number = (location.pathname.match(/article\/(\d+)\/change/) || [])[1] || '';
    const box = document.createElement('div');
    box.className = 'suggestions';
    box.hidden = true;
    group.append(box);
    let inSight = false;
    let last = '';

    const selects = () => [...group.querySelectorAll(`select[name$="-other"]`)].filter((each) => !each.name.includes('__prefix__'));
    const chosen = () => selects().map((each) => each.value).filter(Boolean);

    async function ask() {
      if (!inSight) return;
      const query = new URLSearchParams({ article: number, section: form.elements.section?.value || '', tags: form.elements.tags?.value || '' });
      for (const each of chosen()) query.append('chosen', each);
      if (query.toString() === last) return;
      last = query.toString();
      const answer = await fetch(`${address}?${query}`);
      if (!answer.ok || last !== query.toString()) return;
      show((await answer.json()).articles);
    }

    function show(articles) {
      box.hidden = !articles.length;
      const title = document.createElement('h3');
      title.textContent = '候補';
      const list = document.createElement('ul');
      list.className = 'plain';
      for (const article of articles) {
        const item = document.createElement('li');
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'button line';
        button.textContent = '加える';
        button.setAttribute('aria-label', `関連記事に加える：${article.headline}`);
        button.addEventListener('click', () => add(article));
        const why = document.createElement('span');
        why.className = 'quiet';
        why.textContent = article.why;
        item.append(button, ` ${article.headline} `, why);
        list.append(item);
      }
      box.replaceChildren(title, list);
    }

    function add(article) {
      let select = selects().find((each) => !each.value);
      if (!select) {
        group.querySelector('.add-row a').click();
        select = selects().find((each) => !each.value);
      }
      if (!select) return;
      select.append(new Option(article.text, article.article, true, true));
      window.django.jQuery(select).trigger('change');
      select.dispatchEvent(new Event('input', { bubbles: true }));
      ask();
    }

    new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      inSight = true;
      ask();
    }).observe(group);
    form.addEventListener('change', ask);
    document.addEventListener('desk:changed', ask);
    window.django?.jQuery(group).on('change', 'select', ask);
  });
}
