// トップ面: moving slots between places, and looking at the page before readers see it.
// The place of a slot is the value of its select; where a card stands follows from it.
'use strict';
{
  const form = document.getElementById('front_form');
  const places = [...form.querySelectorAll('.place')];
  const chooser = document.querySelector('dialog.chooser');
  const words = document.getElementById('chooser-words');
  const frame = form.querySelector('iframe');
  const total = form.querySelector('[name="slots-TOTAL_FORMS"]');
  const WAIT = 350;
  let chosenPlace = null;
  let timer = 0;
  let asked = 0;

  const slotsOf = (place) => [...place.querySelectorAll('[data-slot]')];
  const placeOf = (slot) => slot.closest('.place');
  const field = (slot, name) => slot.querySelector(`[name$="-${name}"]`);
  const isOff = (slot) => field(slot, 'DELETE').checked;

  function put(slot, place) {
    place.querySelector('.slots').append(slot);
    field(slot, 'where').value = place.dataset.place;
  }

  // What stands between the old and the new place moves up or down by one, as far as the first
  // empty place: nothing is thrown out.
  function move(slot, to) {
    const from = places.indexOf(placeOf(slot));
    if (to < 0 || to >= places.length || to === from) return;
    const step = to < from ? 1 : -1;
    let moving = slotsOf(places[to]).filter((each) => !isOff(each));
    put(slot, places[to]);
    for (let at = to + step; moving.length; at += step) {
      const next = at === from ? [] : slotsOf(places[at]).filter((each) => !isOff(each));
      for (const each of moving) put(each, places[at]);
      moving = next;
    }
    changed();
  }

  function headlineOf(slot) {
    return slot.querySelector('[data-headline]').textContent;
  }

  function tell(text) {
    form.querySelector('[data-changed]').textContent = text;
  }

  // --- what readers would see

  function changed() {
    tell('変更があります。まだ反映していません。');
    form.classList.add('is-changed');
    look();
  }

  function look() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  async function ask() {
    const number = ++asked;
    const send = (url) => fetch(url, { method: 'POST', body: new FormData(form), redirect: 'error' });
    const line = form.querySelector('[data-preview-words]');
    try {
      const [lines, page] = await Promise.all([send(form.dataset.places), send(form.dataset.preview)]);
      if (number !== asked) return;
      if (!lines.ok || !page.ok) {
        const said = lines.headers.get('Content-Type').includes('json') ? await lines.json() : {};
        line.textContent = (said.problems || ['見え方を作れませんでした。']).join(' ');
        line.classList.add('over');
        return;
      }
      const found = await lines.json();
      for (const one of found.places) showPlace(one);
      const html = withoutScripts(await page.text());
      if (number !== asked) return;
      frame.srcdoc = html;
      line.classList.remove('over');
      line.textContent = `${found.at}の見え方です。読者の画面はまだ変わっていません。`;
    } catch {
      line.textContent = 'つながりませんでした。もう一度お試しください。';
    }
  }

  // The frame runs none anyway, and says so in the console.
  function withoutScripts(html) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    for (const script of page.querySelectorAll('script')) script.remove();
    return `<!doctype html>${page.documentElement.outerHTML}`;
  }

  function showPlace(one) {
    const place = places.find((each) => each.dataset.place === one.place);
    const auto = place.querySelector('[data-auto]');
    auto.hidden = one.by_hand || !one.article;
    auto.dataset.article = one.article || '';
    auto.dataset.headline = one.headline;
    auto.dataset.about = one.section;
    auto.querySelector('[data-auto-headline]').textContent = one.headline;
    auto.querySelector('[data-fix]').setAttribute('aria-label', `ここに固定：${one.headline}`);
    const standing = slotsOf(place).filter((slot) => !isOff(slot));
    for (const slot of standing) {
      slot.classList.toggle('is-shown', one.by_hand && field(slot, 'article').value === String(one.article));
    }
    place.querySelector('[data-dark]').hidden = !standing.length || one.by_hand;
  }

  // --- adding

  function add(place, choice) {
    const number = Number(total.value);
    const template = document.getElementById('slot-template').innerHTML;
    const holder = document.createElement('ul');
    holder.innerHTML = template.replaceAll('__prefix__', number);
    const slot = holder.firstElementChild;
    total.value = number + 1;
    field(slot, 'article').value = choice.article;
    const link = slot.querySelector('[data-headline]');
    link.textContent = choice.headline;
    link.href = form.dataset.change.replace('/0/', `/${choice.article}/`);
    slot.querySelector('[data-about]').textContent = choice.about;
    for (const button of slot.querySelectorAll('.slot-buttons button')) {
      button.setAttribute('aria-label', `${button.textContent}：${choice.headline}`);
    }
    put(slot, place);
    changed();
    return slot;
  }

  async function search() {
    const text = words.value;
    const answer = await fetch(`${form.dataset.choices}?q=${encodeURIComponent(text)}`);
    if (!answer.ok || words.value !== text) return;
    const list = chooser.querySelector('.choices');
    const found = (await answer.json()).choices;
    list.replaceChildren(...found.map(asChoice));
    if (!found.length) list.textContent = '見つかりません。';
  }

  function asChoice(choice) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'choice';
    const picture = document.createElement('span');
    picture.innerHTML = choice.thumbnail;
    const text = document.createElement('span');
    text.className = 'choice-words';
    const headline = document.createElement('strong');
    headline.textContent = choice.headline;
    const about = document.createElement('span');
    about.className = 'quiet';
    about.textContent = `${choice.section}・${choice.state}・${choice.time}`;
    text.append(headline, about);
    button.append(picture, text);
    button.addEventListener('click', () => {
      const place = chosenPlace;
      chooser.close();
      const slot = add(place, { ...choice, about: `${choice.section}・${choice.state}` });
      slot.querySelector('[data-move]').focus();
    });
    item.append(button);
    return item;
  }

  words.addEventListener('input', (event) => {
    if (event.isComposing) return;
    clearTimeout(words.timer);
    words.timer = setTimeout(search, 250);
  });
  words.addEventListener('compositionend', search);
  words.addEventListener('keydown', (event) => {
    // Enter ends a conversion, or goes to what was found; it never closes the window.
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (!event.isComposing) chooser.querySelector('.choice')?.focus();
  });

  // --- buttons

  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[type=button]');
    if (!button) return;
    const slot = button.closest('[data-slot]');
    const place = button.closest('.place');
    if ('off' in button.dataset) {
      const box = field(slot, 'DELETE');
      box.checked = !box.checked;
      showOff(slot);
      changed();
    } else if ('choose' in button.dataset) {
      chosenPlace = place;
      document.getElementById('chooser-title').textContent = `${place.querySelector('h2').textContent}に記事を置く`;
      words.value = '';
      chooser.showModal();
      words.focus();
      search();
    } else if ('fix' in button.dataset) {
      const auto = button.closest('[data-auto]').dataset;
      add(place, { article: auto.article, headline: auto.headline, about: auto.about });
    } else if ('width' in button.dataset) {
      for (const each of form.querySelectorAll('[data-width]')) {
        each.setAttribute('aria-pressed', String(each === button));
      }
      form.querySelector('.frame').className = `frame is-${button.dataset.width}`;
      fit();
    } else if ('now' in button.dataset) {
      form.elements.at.value = '';
      look();
    }
  });

  function showOff(slot) {
    slot.classList.toggle('is-off', isOff(slot));
    const button = slot.querySelector('[data-off]');
    button.textContent = isOff(slot) ? '戻す' : '外す';
    button.setAttribute('aria-label', `${button.textContent}：${headlineOf(slot)}`);
  }

  form.addEventListener('change', (event) => {
    const slot = event.target.closest('[data-slot]');
    if (event.target.name === 'at') look();
    if (!slot) return;
    if (event.target.name.endsWith('-where')) put(slot, places.find((place) => place.dataset.place === event.target.value));
    if (event.target.name.endsWith('-DELETE')) showOff(slot);
    changed();
  });

  newsportalMoving(form, {
    item: '[data-slot]',
    target: '.place',
    name: headlineOf,
    drop: (slot, place) => move(slot, places.indexOf(place)),
    step: (slot, number) => {
      move(slot, places.indexOf(placeOf(slot)) + number);
      tell(`「${headlineOf(slot)}」は${placeOf(slot).querySelector('h2').textContent}です。まだ反映していません。`);
    },
  });

  // --- leaving

  form.addEventListener('submit', () => form.classList.remove('is-changed'));
  window.addEventListener('beforeunload', (event) => {
    if (form.classList.contains('is-changed')) event.preventDefault();
  });

  // A page of 1280 pixels in the width that there is.
  function fit() {
    const box = form.querySelector('.frame');
    const wide = box.classList.contains('is-desktop');
    const scale = wide ? Math.min(1, box.clientWidth / 1280) : 1;
    box.style.setProperty('--scale', scale);
  }
  window.addEventListener('resize', fit);
  for (const slot of form.querySelectorAll('[data-slot]')) showOff(slot);
  fit();
  ask();
}
