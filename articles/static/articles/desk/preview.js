// The preview: the real page, following the typing, at the width of a phone, tablet or screen.
//
// The page stands in a frame without scripts, made from text (srcdoc): it inherits the policy of
// the desk, and no address of the desk has to be allowed in frames.
'use strict';
{
  const desk = window.newsportalDesk;
  const EVENING = 18;
  const GONE = 'プレビューを作れません。ログインが切れていないか、通信を確かめてください。';

  document.addEventListener('DOMContentLoaded', () => {
    const box = document.querySelector('[data-preview]');
    if (!box || !desk || !desk.form) return;
    const find = (name) => box.querySelector(`[data-preview-${name}]`);
    const [holder, state, at] = ['frame', 'state', 'at'].map(find);
    const frame = holder.querySelector('iframe');
    let page = '';
    let width = 390;
    let asked = null;
    let isStale = true;
    for (const name of ['widths', 'when', 'frame']) find(name).hidden = false;

    // --- asking

    function address() {
      const query = new URLSearchParams();
      if (at.value) query.set('at', at.value);
      if (page) query.set('page', page);
      return query.size ? `${box.dataset.url}?${query}` : box.dataset.url;
    }

    async function refresh() {
      isStale = true;
      if (desk.shown() !== 'preview') return;
      if (asked) asked.abort();
      const mine = new AbortController();
      asked = mine;
      try {
        const answer = await fetch(address(), { method: 'POST', body: desk.values(), headers: { 'X-CSRFToken': desk.csrf }, signal: mine.signal });
        const text = await answer.text();
        if (mine.signal.aborted) return;
        if (answer.redirected || (!answer.ok && answer.status !== 400)) {
          state.textContent = GONE;
          return;
        }
        state.textContent = '';
        isStale = false;
        put(text);
      } catch (error) {
        if (error.name !== 'AbortError') state.textContent = GONE;
      }
    }

    // --- showing: only what differs is changed, so that the reader's place on the page stays

    function put(text) {
      const page = frame.contentDocument;
      if (!frame.srcdoc || !page || !page.querySelector('main')) {
        frame.srcdoc = text;
        return;
      }
      const next = new DOMParser().parseFromString(text, 'text/html');
      if (styles(page) !== styles(next)) frame.srcdoc = text;
      else morph(page.body, next.body);
    }

    const styles = (one) => [...one.querySelectorAll('link[rel=stylesheet]')].map((link) => link.getAttribute('href')).join();

    function morph(old, next) {
      if (old.isEqualNode(next)) return;
      const alike = old.nodeType === Node.ELEMENT_NODE && old.nodeName === next.nodeName && old.childNodes.length === next.childNodes.length;
      if (!alike && old.nodeName !== 'BODY') {
        old.replaceWith(next.cloneNode(true));
        return;
      }
      for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
      for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
      if (alike) [...old.childNodes].forEach((child, place) => morph(child, next.childNodes[place]));
      else old.replaceChildren(...[...next.childNodes].map((child) => child.cloneNode(true)));
    }

    // --- the width

    function fit() {
      const room = holder.clientWidth;
      if (!room) return;
      const scale = Math.min(1, room / width);
      frame.style.width = `${width}px`;
      frame.style.height = `${holder.clientHeight / scale}px`;
      frame.style.transform = `scale(${scale})`;
      frame.style.left = `${Math.max(0, (room - width * scale) / 2)}px`;
    }

    function press(group, chosen) {
      for (const button of group.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button === chosen));
    }

    find('widths').addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      press(find('widths'), button);
      width = Number(button.dataset.width);
      fit();
    });

    // --- another time, another page

    const two = (number) => String(number).padStart(2, '0');

    // Now in Japan, whatever the clock of this machine is set to.
    function japan(hours = null) {
      const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Tokyo', dateStyle: 'short' }).format(new Date());
      return hours === null ? '' : `${parts}T${two(hours)}:00`;
    }

    function published() {
      const [day, time] = [0, 1].map((part) => desk.form.elements[`publish_at_${part}`]?.value.normalize('NFKC').trim() || '');
      const found = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(day);
      const clock = /^(\d{1,2}):(\d{2})/.exec(time);
      return found && clock ? `${found[1]}-${two(found[2])}-${two(found[3])}T${two(clock[1])}:${clock[2]}` : '';
    }

    function say() {
      const when = at.value ? `${Number(at.value.slice(5, 7))}月${Number(at.value.slice(8, 10))}日 ${at.value.slice(11, 16)}` : 'いま';
      box.querySelector('[data-preview-when-words]').textContent = `${when}の${page ? 'トップ面' : '見え方'}`;
    }

    at.addEventListener('change', () => {
      say();
      refresh();
    });
    find('when').addEventListener('click', (event) => {
      const { previewQuick: quick, page: wanted } = event.target.dataset;
      if (quick) {
        at.value = { now: '', evening: japan(EVENING), publish: published() }[quick];
        state.textContent = quick === 'publish' && !at.value ? '公開日時が入っていません。' : '';
      } else if (wanted !== undefined) {
        page = wanted;
        press(event.target.parentElement, event.target);
      } else {
        return;
      }
      say();
      refresh();
    });

    // --- a window of its own, with what is typed

    const open = find('open');
    open.addEventListener('submit', () => {
      open.action = address();
    });
    open.addEventListener('formdata', (event) => {
      for (const [name, value] of desk.values()) event.formData.set(name, value);
    });

    document.addEventListener('desk:changed', refresh);
    document.addEventListener('desk:panel', (event) => {
      if (event.detail.name !== 'preview') return;
      fit();
      if (isStale) refresh();
    });
    new ResizeObserver(fit).observe(holder);
  });
}
