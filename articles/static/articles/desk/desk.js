// The frame of the editing screen, and what its parts share: window.newsportalDesk.
//
//   form, articleId ('' for a new one), version, csrf
//   isComposing()      is an input method at work? Nothing of ours acts meanwhile.
//   values()           what the form would send now, as FormData
//   post(url, data)    POST of FormData or a plain object; resolves to the Response
//   panel(name)        the body of a tab; show(name) opens it; badge(name, number) marks it
//   tell(text, level)  a line below the bar: 'info' goes by itself, 'error' stays until closed
//
// Events on document: desk:ready once the form is there, desk:changed 400 ms after the last edit,
// desk:panel (detail.name) when a tab is opened. Each tab loads what it shows when it is opened:
// an element with data-desk-lazy="address" is filled from there.
'use strict';
{
  const PAUSE = 400;
  const TOLD_FOR = 6000;
  // Below the bar: a part whose top is above this line is being read.
  const READ_AT = 140;
  const NARROW = window.matchMedia('(max-width: 63.99rem)');
  let composing = false;
  let bar = null;

  const desk = {
    get form() {
      return document.getElementById('article_form');
    },
    get articleId() {
      return bar ? bar.dataset.article : '';
    },
    get version() {
      const token = desk.form && desk.form.elements.version_token;
      return token ? Number(token.value) : 0;
    },
    get csrf() {
      return document.querySelector('[name=csrfmiddlewaretoken]').value;
    },
    // Where the pages of this article are: desk.address('preview/').
    address(name) {
      return `${bar.dataset.root}articles/article/${desk.articleId || 'add'}/${name}`;
    },
    isComposing: () => composing,
    values: () => new FormData(desk.form),
    post,
    panel: (name) => document.querySelector(`#desk-panel-${CSS.escape(name)}`),
    show,
    shown: () => {
      const chosen = tabs().find((tab) => tab.getAttribute('aria-selected') === 'true');
      return chosen && !isClosed() ? chosen.dataset.tab : '';
    },
    badge,
    tell,
  };
  window.newsportalDesk = desk;
  document.documentElement.classList.add('desk-js');

  function post(url, data) {
    let body = data;
    if (!(data instanceof FormData || data instanceof URLSearchParams)) {
      body = new FormData();
      for (const [name, value] of Object.entries(data || {})) body.append(name, value);
    }
    return fetch(url, { method: 'POST', body, headers: { 'X-CSRFToken': desk.csrf }, credentials: 'same-origin' });
  }

  // --- compositions of the input method

  document.addEventListener('compositionstart', () => {
    composing = true;
  }, true);
  document.addEventListener('compositionend', () => {
    composing = false;
    watch();
  }, true);

  // --- what was edited

  let timer = 0;
  let known = '';

  const print = () => new URLSearchParams([...desk.values()].filter(([, value]) => typeof value === 'string')).toString();

  function watch() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A composition that began meanwhile ends with another round.
      if (composing || !desk.form) return;
      const now = print();
      if (now === known) return;
      known = now;
      document.dispatchEvent(new CustomEvent('desk:changed'));
    }, PAUSE);
  }

  function watchForm() {
    known = print();
    // Drags and buttons change fields without a word; an unchanged form says nothing.
    for (const name of ['input', 'change', 'keyup', 'pointerup', 'drop', 'formset:added', 'formset:removed']) {
      document.addEventListener(name, (event) => {
        if (!desk.form || !(event.target instanceof Element)) return;
        if (desk.form.contains(event.target) || event.target.closest('dialog, .select2-container')) watch();
      });
    }
    document.addEventListener('prose-editor:ready', (event) => {
      // What the editor makes of the stored text is no edit.
      known = print();
      event.detail.editor.on('update', watch);
    });
    const $ = window.django && window.django.jQuery;
    if ($) $(desk.form).on('change', watch);
  }

  // --- the panel

  const panel = () => document.querySelector('[data-desk=panel]');
  const tabs = () => [...document.querySelectorAll('[data-desk=tabs] [data-tab]')];
  const memory = () => `newsportal.desk.tab.${bar.dataset.user}`;
  const isClosed = () => NARROW.matches && !panel().classList.contains('is-open');

  function remembered() {
    try {
      return localStorage.getItem(memory());
    } catch {
      return null;
    }
  }

  function remember(name) {
    try {
      localStorage.setItem(memory(), name);
    } catch {
      // A browser that keeps nothing opens the first tab each time.
    }
  }

  function select(name) {
    for (const tab of tabs()) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      desk.panel(tab.dataset.tab).hidden = !chosen;
    }
  }

  function open(isOpen) {
    panel().classList.toggle('is-open', isOpen);
    const narrow = NARROW.matches;
    for (const tab of tabs()) {
      if (narrow) tab.setAttribute('aria-expanded', String(isOpen && tab.getAttribute('aria-selected') === 'true'));
      else tab.removeAttribute('aria-expanded');
    }
  }

  function show(name, { focus = false } = {}) {
    const tab = tabs().find((one) => one.dataset.tab === name);
    if (!tab) return;
    select(name);
    open(true);
    remember(name);
    if (focus) tab.focus();
    document.dispatchEvent(new CustomEvent('desk:panel', { detail: { name } }));
  }

  function badge(name, number) {
    const mark = document.querySelector(`#desk-tab-${CSS.escape(name)} [data-badge]`);
    if (!mark) return;
    mark.textContent = number || '';
    mark.hidden = !number;
  }

  function makeTabs() {
    const list = document.querySelector('[data-desk=tabs]');
    if (!list) return;
    list.setAttribute('role', 'tablist');
    list.hidden = false;
    for (const tab of tabs()) {
      const body = desk.panel(tab.dataset.tab);
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', body.id);
      body.setAttribute('role', 'tabpanel');
      body.setAttribute('aria-labelledby', tab.id);
      body.tabIndex = 0;
    }
    list.addEventListener('click', (event) => {
      const tab = event.target.closest('[data-tab]');
      if (!tab) return;
      // On a phone the panel is a sheet: its open tab closes it.
      if (NARROW.matches && desk.shown() === tab.dataset.tab) open(false);
      else show(tab.dataset.tab);
    });
    list.addEventListener('keydown', (event) => {
      const all = tabs();
      const place = all.indexOf(event.target.closest('[data-tab]'));
      const last = all.length - 1;
      const next = { ArrowRight: place === last ? 0 : place + 1, ArrowLeft: place ? place - 1 : last, Home: 0, End: last }[event.key];
      if (place < 0 || next === undefined) return;
      event.preventDefault();
      show(all[next].dataset.tab, { focus: true });
    });
    panel().addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !NARROW.matches || isClosed()) return;
      open(false);
      tabs().find((tab) => tab.tabIndex === 0).focus();
    });
    NARROW.addEventListener('change', () => open(false));
    // A link from elsewhere may name a tab: #desk-panel-notes.
    const asked = location.hash.replace('#desk-panel-', '');
    const wanted = location.hash === `#desk-panel-${asked}` ? asked : remembered();
    const first = tabs().some((tab) => tab.dataset.tab === wanted) ? wanted : tabs()[0].dataset.tab;
    select(first);
    open(false);
    if (!NARROW.matches || wanted === asked) show(first);
  }

  // A piece of a tab that is fetched when the tab is opened, again each time: its numbers move.
  document.addEventListener('desk:panel', async (event) => {
    const piece = desk.panel(event.detail.name).querySelector('[data-desk-lazy]');
    if (!piece) return;
    try {
      const answer = await fetch(piece.dataset.deskLazy);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const text = new DOMParser().parseFromString(await answer.text(), 'text/html');
      piece.replaceChildren(...text.body.childNodes);
    } catch {
      piece.textContent = '読み込めませんでした。ログインが切れていないか、通信を確かめてください。';
    }
  });

  // --- the map of the form

  function makeMap() {
    const links = [...document.querySelectorAll('[data-desk=map] a')];
    const goal = (link) => document.querySelector(link.dataset.goes || link.hash);
    const partOf = (link) => goal(link).closest('.form-row') || goal(link);
    // Where a click led, until the reader of the form scrolls on.
    let chosen = null;
    const free = () => {
      chosen = null;
    };
    for (const link of links) {
      link.addEventListener('click', (event) => {
        if (!goal(link)) return;
        event.preventDefault();
        chosen = link;
        const part = partOf(link);
        part.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'start' });
        later();
        const field = part.querySelector('.ProseMirror, input:not([type=hidden]), textarea, select, a[href]');
        if (field) field.focus({ preventScroll: true });
      });
    }
    let waiting = false;
    const mark = () => {
      waiting = false;
      const line = bar.getBoundingClientRect().bottom + READ_AT;
      let here = links[0];
      for (const link of links) {
        const target = goal(link);
        if (target && target.getBoundingClientRect().top <= line) here = link;
      }
      // The end of the page belongs to the last part, which may be too short to reach the line.
      const root = document.documentElement;
      if (window.scrollY > 0 && window.scrollY + window.innerHeight >= root.scrollHeight - 2) here = links.at(-1);
      if (chosen) here = chosen;
      for (const link of links) {
        if (link === here) link.setAttribute('aria-current', 'location');
        else link.removeAttribute('aria-current');
      }
    };
    const later = () => {
      if (!waiting) requestAnimationFrame(mark);
      waiting = true;
    };
    if (!links.length) return;
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    for (const name of ['wheel', 'touchmove', 'pointerdown', 'keydown']) addEventListener(name, free, { capture: true, passive: true });
    // What loaded while the page was moving has moved the part.
    addEventListener('scrollend', () => {
      if (chosen) partOf(chosen).scrollIntoView({ block: 'start' });
    });
    mark();
  }

  // --- the headline: one line of text in as many lines as it needs

  function makeHeadline() {
    const field = document.getElementById('id_headline');
    if (!field || field.tagName !== 'TEXTAREA') return;
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
      // A headline has no line breaks: Enter goes on to the next field.
      event.preventDefault();
      const fields = [...desk.form.elements].filter((one) => one.tabIndex >= 0 && one.type !== 'hidden' && one.offsetParent);
      const next = fields[fields.indexOf(field) + 1];
      if (next) next.focus();
    });
    if (CSS.supports('field-sizing', 'content')) return;
    const grow = () => {
      field.style.height = 'auto';
      field.style.height = `${field.scrollHeight + 2}px`;
    };
    field.addEventListener('input', grow);
    addEventListener('resize', grow);
    grow();
  }

  // --- the bar: the rare buttons go into a menu while not all have room in one row

  function foldBar() {
    const line = bar.querySelector('.desk-line');
    const button = bar.querySelector('.desk-buttons > :is(input, a)');
    if (!button || !line.querySelector('.desk-rare').children.length) return;
    bar.classList.remove('is-crowded');
    bar.classList.toggle('is-crowded', line.offsetHeight > button.offsetHeight * 1.5);
  }

  // --- words to the editor

  let told = 0;

  function tell(text, level = 'info') {
    const line = document.querySelector('[data-desk=told]');
    if (!line) return;
    clearTimeout(told);
    line.textContent = text;
    line.classList.toggle('is-error', level === 'error');
    line.classList.toggle('is-shown', Boolean(text));
    if (level === 'error') {
      const close = document.createElement('button');
      close.type = 'button';
      close.textContent = '閉じる';
      close.addEventListener('click', () => tell(''));
      line.append(close);
    } else if (text) {
      told = setTimeout(() => tell(''), TOLD_FOR);
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    bar = document.querySelector('[data-desk-bar]');
    if (!bar || !desk.form) return;
    const measure = () => {
      foldBar();
      document.documentElement.style.setProperty('--bar-height', `${bar.offsetHeight}px`);
    };
    // A frame later: what it folds changes the height that it watches.
    new ResizeObserver(() => requestAnimationFrame(measure)).observe(bar);
    measure();
    watchForm();
    makeHeadline();
    makeMap();
    document.dispatchEvent(new CustomEvent('desk:ready'));
    // The parts' scripts listen for the tab that is open from the start.
    setTimeout(makeTabs);
  });
}
