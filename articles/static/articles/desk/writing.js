// Writing without losing work: keeps the text aside, offers it back, says who else is here.
// The article itself is only ever written by the buttons of the form.
'use strict';
{
  const KEEP_AFTER = 3_000;
  const RETRY_AFTER = 15_000;
  const BEAT_EVERY = 15_000;
  const LOOK_EVERY = 1_000;
  const LOCAL_DAYS = 14;
  // What a browser still sends after the page is gone.
  const MOST_AFTER_LEAVING = 60_000;
  const WAIT_BEFORE_SUBMIT = 2_000;
  const NAME = 'newsportal:kept:';

  function start(box) {
    const form = box.closest('form');
    const { autosaveUrl, presenceUrl, user } = box.dataset;
    const article = Number(box.dataset.article) || null;
    const version = Number(form.elements.version_token?.value) || 0;
    const mayWrite = box.dataset.mayWrite === '1';
    const mayTakeOver = box.dataset.mayTakeOver === '1';
    const tabField = form.elements.desk_tab;
    const adoptsField = form.elements.desk_adopts;
    if (!tabField.value) tabField.value = uuid();
    const tab = tabField.value;
    const adopts = adoptsField.value.split(',').map(Number).filter(Boolean);

    let baseline = null; // what the server has; null when the page itself came unsaved
    let seen = null; // how the form stood at the last look
    let kept = null; // what was last kept on the server
    let changedAt = 0;
    let typedAt = null;
    let failedAt = 0;
    let touched = box.dataset.unsaved === '1';
    let composing = false;
    let leaving = false;
    let sending = null;
    let readOnly = false;
    let writes = false;
    const editors = [];

    // --- what stands in the form

    function read() {
      const values = [];
      for (const [name, value] of new FormData(form)) {
        if (typeof value !== 'string' || /^(csrfmiddlewaretoken$|version_token$|desk_|merge_|_)|__prefix__/.test(name)) continue;
        values.push([name, value.replaceAll('\r\n', '\n')]);
      }
      return values;
    }

    function look() {
      if (composing || leaving || !mayWrite) return;
      const now = JSON.stringify(read());
      if (!touched) {
        // Editors and date fields put themselves in order after the page has come.
        baseline = seen = kept = now;
        return;
      }
      if (now !== seen) {
        seen = now;
        changedAt = Date.now();
        if (!readOnly) typedAt = Date.now();
        if (isDirty() && !writes && !readOnly) beat();
      }
      if (isDirty() && seen !== kept && Date.now() - changedAt >= KEEP_AFTER && Date.now() - failedAt >= RETRY_AFTER) {
        keep();
      }
    }

    const isDirty = () => touched && seen !== baseline;

    // --- keeping aside

    function keep({ last = false } = {}) {
      const values = read();
      const text = JSON.stringify(values);
      if (last) keepHere(values);
      const asked = { do: 'keep', article, tab, version, values, numbers: adopts };
      const attempt = post(autosaveUrl, asked, last)
        .then((answer) => {
          kept = text;
          failedAt = 0;
          if (seen === text) forgetHere(tab);
          say(`自動保存しました ${answer.saved_at}`);
        })
        .catch((error) => {
          failedAt = Date.now();
          const isHere = keepHere(values);
          say(`保存できません（${error.message}）${isHere ? ' この端末に控えました' : ''}`, error);
        })
        .finally(() => {
          if (sending === attempt) sending = null;
        });
      sending = attempt;
      return attempt;
    }

    async function post(url, data, last = false) {
      const body = JSON.stringify(data);
      let response;
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf(form) },
          body,
          redirect: 'manual',
          keepalive: last && body.length < MOST_AFTER_LEAVING / 3,
        });
      } catch {
        throw new Error('通信');
      }
      if (response.type === 'opaqueredirect') throw Object.assign(new Error('ログインが切れました'), { isExpired: true });
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.error || `エラー${response.status}`);
      return answer;
    }

    function keepHere(values) {
      try {
        localStorage.setItem(`${place()}${tab}`, JSON.stringify({ at: Date.now() / 1000, version, values }));
        return true;
      } catch {
        return false;
      }
    }

    const place = () => `${NAME}${user}:${article ?? 'new'}:`;

    function say(text, error = null) {
      const status = inBar('autosave');
      status.setAttribute('role', 'status');
      status.classList.add('desk-autosave');
      status.classList.toggle('is-wrong', Boolean(error));
      status.textContent = text;
      if (error?.isExpired) {
        const link = document.createElement('a');
        link.href = box.dataset.loginUrl;
        link.target = '_blank';
        link.rel = 'opener';
        link.textContent = '別の窓でログインする';
        status.append(' ', link);
      }
    }

    const inBar = (name) => document.querySelector(`[data-desk=${name}]`) ?? box;

    // --- offering back

    async function offer() {
      let found = [];
      try {
        found = (await post(autosaveUrl, { do: 'offer', article })).offers;
      } catch {
        // What is kept here is offered all the same.
      }
      const current = JSON.stringify(read());
      const offers = newestOfEach([...found, ...keptHere()]).filter(
        (one) => one.tab !== tab && !adopts.includes(one.number),
      );
      const [same, other] = [[], []];
      for (const one of offers) (JSON.stringify(one.values) === current ? same : other).push(one);
      for (const one of same) drop(one);
      if (other.length) show(other);
    }

    function newestOfEach(offers) {
      const byTab = new Map();
      for (const one of offers.sort((a, b) => a.at - b.at)) {
        byTab.set(one.tab, { ...one, number: one.number ?? byTab.get(one.tab)?.number });
      }
      return [...byTab.values()].sort((a, b) => b.at - a.at);
    }

    function keptHere() {
      const found = [];
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(place())) continue;
        try {
          const one = JSON.parse(localStorage.getItem(key));
          if (Date.now() / 1000 - one.at > LOCAL_DAYS * 86_400) localStorage.removeItem(key);
          else found.push({ ...one, tab: key.slice(place().length), saved_at: clock(one.at) });
        } catch {
          localStorage.removeItem(key);
        }
      }
      return found;
    }

    function drop(one) {
      forgetHere(one.tab);
      if (one.number) post(autosaveUrl, { do: 'forget', article, numbers: [one.number] }).catch(() => {});
    }

    function show(offers) {
      const [first, ...rest] = offers;
      const banner = box.querySelector('.desk-offer');
      const words = document.createElement('p');
      words.textContent = `${first.saved_at}の書きかけがあります${rest.length ? `（ほかに${rest.length}件）` : ''}`;
      const buttons = document.createElement('span');
      buttons.className = 'desk-offer-buttons';
      const difference = document.createElement('div');
      difference.className = 'desk-difference';
      difference.hidden = true;
      const compare = button('差分を見る', () => {
        if (difference.hidden) difference.replaceChildren(differences(form, read(), first.values));
        difference.hidden = !difference.hidden;
        compare.setAttribute('aria-expanded', String(!difference.hidden));
      });
      compare.setAttribute('aria-expanded', 'false');
      buttons.append(compare);
      if (mayWrite) buttons.append(button('戻す', () => takeBack(first), 'is-main'));
      buttons.append(button('捨てる', () => {
        drop(first);
        banner.hidden = true;
        if (rest.length) show(rest);
      }));
      banner.replaceChildren(words, buttons, difference);
      banner.hidden = false;
    }

    // The server puts the text back, so that rows and search fields come back as well.
    async function takeBack(one) {
      look();
      if (isDirty() && seen !== kept) await keep();
      leaving = true;
      const sent = document.createElement('form');
      sent.method = 'post';
      sent.action = location.pathname;
      sent.enctype = 'multipart/form-data';
      sent.hidden = true;
      forgetHere(one.tab);
      keepHere(one.values);
      const own = [
        ['csrfmiddlewaretoken', csrf(form)],
        ['version_token', String(one.version)],
        ['desk_tab', tab],
        ['desk_adopts', [...adopts, one.number].filter(Boolean).join(',')],
        ['_restore', '1'],
      ];
      for (const [name, value] of [...one.values, ...own]) {
        // A textarea keeps line breaks, an input does not.
        const field = document.createElement('textarea');
        field.name = name;
        field.value = value;
        sent.append(field);
      }
      document.body.append(sent);
      sent.submit();
    }

    // --- who else is here

    async function beat(more = {}) {
      if (!presenceUrl || leaving) return;
      const typed = typedAt === null ? null : (Date.now() - typedAt) / 1000;
      try {
        hear(await post(presenceUrl, { tab, typed: typed !== null && typed < 86_400 ? typed : null, ...more }));
      } catch (error) {
        if (more.do) say(error.message, error);
        else if (error.isExpired) say('保存できません（ログインが切れました）', error);
      }
    }

    function hear(answer) {
      writes = answer.writes;
      showPeople(answer.people);
      const isOld = version && answer.version !== version;
      if (answer.is_read_only) {
        const who = answer.taken_by ?? answer.holder;
        lock(
          answer.taken_by
            ? `${who}さんが編集を引き継ぎました。ここまでの文は自動保存しました。`
            : `${who}さんが編集中です。読むだけになっています。`,
          mayTakeOver ? button('編集を引き継ぐ', () => beat({ do: 'take_over' })) : null,
        );
      } else if (isOld) {
        const who = answer.saved_by_me ? '別の画面であなた' : `${answer.saved_by ?? 'ほかの人'}さん`;
        const isLost = readOnly || !isDirty();
        tell(
          isLost ? `${who}が新しい版を保存しました。` : `${who}が新しい版を保存しました。保存すると、二つの文を並べて選べます。`,
          isLost ? button('最新の版を開く', () => location.assign(location.pathname)) : null,
        );
      } else {
        unlock();
      }
    }

    function lock(text, action) {
      if (!readOnly) {
        readOnly = true;
        // First what was typed here, then the lock.
        look();
        if (isDirty() && seen !== kept) keep();
        setReadOnly(true);
      }
      tell(text, action);
    }

    function unlock() {
      if (readOnly) {
        readOnly = false;
        setReadOnly(false);
      }
      tell('');
    }

    function setReadOnly(isOn) {
      document.body.classList.toggle('is-read-only', isOn);
      for (const field of form.querySelectorAll('textarea, input:not([type=hidden]):not([type=submit])')) {
        if (!field.closest('#desk-writing')) field.readOnly = isOn;
      }
      for (const part of form.querySelectorAll('select, input[type=checkbox], .inline-group, .select2-container, .datetimeshortcuts, .prose-menubar')) {
        if (!part.closest('#desk-writing')) part.inert = isOn;
      }
      for (const editor of editors) editor.setEditable(!isOn);
      for (const field of form.elements) if (field.type === 'submit') field.disabled = isOn;
    }

    function tell(text, action = null) {
      const line = box.querySelector('.desk-lock');
      if (line.dataset.text === text) return;
      line.dataset.text = text;
      line.hidden = !text;
      const words = document.createElement('p');
      words.textContent = text;
      line.replaceChildren(words, ...(action ? [action] : []));
    }

    function showPeople(people) {
      const shown = inBar('presence');
      const others = people.filter((one) => !one.is_me);
      const byName = new Map(others.map((one) => [one.name, one]));
      for (const one of others) if (one.writes) byName.set(one.name, one);
      const parts = [...byName.values()].slice(0, 4).map((one) => {
        const mark = document.createElement('span');
        mark.className = `desk-person${one.is_idle ? ' is-idle' : ''}`;
        mark.textContent = one.initial;
        mark.setAttribute('aria-hidden', 'true');
        return mark;
      });
      const sentences = [...byName.values()].map(
        (one) => `${one.name}さんが${one.writes ? '編集中' : one.is_idle ? '閲覧中（操作なし）' : '閲覧中'}`,
      );
      if (people.some((one) => one.is_me)) sentences.push('別の画面であなたも開いています');
      const words = document.createElement('span');
      words.textContent = sentences.join('、');
      shown.replaceChildren(...parts, words);
      shown.hidden = !sentences.length;
    }

    // --- when

    document.addEventListener('compositionstart', () => { touch(); composing = true; });
    document.addEventListener('compositionend', () => { composing = false; });
    for (const name of ['keydown', 'pointerdown', 'paste', 'drop']) {
      form.addEventListener(name, (event) => { if (event.isTrusted) touch(); }, true);
    }
    form.addEventListener('input', (event) => {
      // The value is changed already: what was seen before is what it is measured against.
      if (!event.target.closest?.('.prose-editor') || event.isTrusted) touched = true;
    }, true);
    document.addEventListener('prose-editor:ready', (event) => {
      editors.push(event.detail.editor);
      if (readOnly) event.detail.editor.setEditable(false);
    });

    // Somebody logged in again in another window: what this page was given is not taken any more.
    function renewCsrf() {
      form.elements.csrfmiddlewaretoken.value = csrf(form);
    }

    function touch() {
      if (!touched) {
        look();
        touched = true;
      }
    }

    addEventListener('beforeunload', (event) => {
      if (leaving) return;
      composing = false;
      look();
      const isSafe = readOnly && seen === kept;
      if (isDirty() && !isSafe) event.preventDefault();
    });

    function keepNow() {
      if (leaving) return;
      composing = false;
      look();
      if (isDirty() && seen !== kept) keep({ last: true });
    }

    addEventListener('pagehide', () => {
      keepNow();
      if (presenceUrl && !leaving) post(presenceUrl, { do: 'leave', tab }, true).catch(() => {});
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') keepNow();
      else {
        renewCsrf();
        beat();
      }
    });
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      leaving = false;
      beat();
    });
    addEventListener('online', () => { failedAt = 0; beat(); });

    addEventListener('submit', (event) => {
      if (event.target !== form || event.defaultPrevented) return;
      if (sending) {
        // It must not arrive after the save, which throws it away.
        event.preventDefault();
        const { submitter } = event;
        Promise.race([sending, new Promise((done) => { setTimeout(done, WAIT_BEFORE_SUBMIT); })]).then(() => {
          sending = null;
          form.requestSubmit(submitter);
        });
        return;
      }
      composing = false;
      look();
      if (isDirty()) keepHere(read());
      renewCsrf();
      leaving = true;
      // Nothing came back: the page is still here, and so is the text.
      setTimeout(() => { leaving = false; }, WAIT_BEFORE_SUBMIT * 10);
    });

    for (const choice of box.querySelectorAll('input[type=radio][data-field]')) {
      choice.addEventListener('change', () => choose(form, choice, editors));
    }

    forgetSaved();
    look();
    if (touched) {
      changedAt = Date.now();
      typedAt = Date.now();
    }
    setInterval(look, LOOK_EVERY);
    if (presenceUrl) {
      setInterval(beat, BEAT_EVERY);
      beat();
    }
    offer();
  }

  // --- without a page

  // A choice between two texts shows itself in the field at once; the server does the same.
  function choose(form, choice, editors) {
    const field = form.elements[choice.dataset.field];
    if (!field || field instanceof RadioNodeList) return;
    field.dataset.mine ??= field.value;
    const value = choice.value === 'theirs' ? choice.dataset.theirs : field.dataset.mine;
    if (value === undefined) return;
    const editor = editors.find((one) => field.closest('.prose-editor')?.contains(one.view.dom));
    if (editor) editor.commands.setContent(value, { emitUpdate: true });
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    if (choice.value === 'hand') field.scrollIntoView({ block: 'center' });
  }

  function button(text, act, more = '') {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = `desk-button ${more}`;
    made.textContent = text;
    made.addEventListener('click', act);
    return made;
  }

  function csrf(form) {
    return cookieOf('csrftoken') || form.elements.csrfmiddlewaretoken.value;
  }

  function cookieOf(name) {
    const found = document.cookie.split('; ').find((one) => one.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
  }

  function forgetHere(tab) {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(NAME) && key.endsWith(`:${tab}`)) localStorage.removeItem(key);
    }
  }

  function forgetSaved() {
    const saved = cookieOf('desk_saved');
    if (!saved) return;
    forgetHere(saved);
    document.cookie = 'desk_saved=; Max-Age=0; Path=/; SameSite=Lax';
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  function clock(seconds) {
    const at = new Date(seconds * 1000);
    const zone = { timeZone: 'Asia/Tokyo' };
    const time = at.toLocaleTimeString('ja-JP', { ...zone, hour: '2-digit', minute: '2-digit' });
    const day = at.toLocaleDateString('ja-JP', { ...zone, month: 'long', day: 'numeric' });
    const today = new Date().toLocaleDateString('ja-JP', { ...zone, month: 'long', day: 'numeric' });
    return day === today ? time : `${day} ${time}`;
  }

  // --- what differs, field by field

  function differences(form, current, kept) {
    const [before, after] = [new Map(current), new Map(kept)];
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const text of ['欄', 'いまの内容', '書きかけ']) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = text;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const [old, now] = [words(form, name, before.get(name)), words(form, name, after.get(name))];
      if (old === now || /-(id|order|article|INITIAL_FORMS|MIN_NUM_FORMS|MAX_NUM_FORMS)$/.test(name)) continue;
      const row = body.insertRow();
      const label = document.createElement('th');
      label.scope = 'row';
      label.textContent = labelOf(form, name);
      row.append(label);
      const [first, second] = marked(old, now);
      row.insertCell().append(...first);
      row.insertCell().append(...second);
    }
    return table;
  }

  function words(form, name, value) {
    if (value === undefined) return '';
    const field = form.elements[name];
    if (field instanceof HTMLSelectElement) {
      const option = [...field.options].find((one) => one.value === value);
      return option ? option.textContent.trim() : value;
    }
    if (field?.type === 'checkbox') return 'はい';
    if (/<[a-z]/.test(value)) {
      const page = new DOMParser().parseFromString(value.replaceAll(/<\/(p|h2|h3|li)>|<br>/g, '$&\n'), 'text/html');
      return page.body.textContent.trim();
    }
    return value;
  }

  function labelOf(form, name) {
    const clean = (text) => text.replace(/[:：]?\s*\d*[\s／〜\d字]*$/, '').trim();
    const rows = name.match(/^(.+?)-(\d+|TOTAL_FORMS)(?:-(.+))?$/);
    const field = form.elements[name];
    const label = form.querySelector(`label[for="${field?.id || `id_${name}`}"]`);
    const own = label ? clean(label.firstChild.textContent) : '';
    if (!rows) return own || name.replace(/_[01]$/, '');
    const group = document.getElementById(`${rows[1]}-group`)?.querySelector('h2')?.textContent.trim() ?? rows[1];
    if (rows[2] === 'TOTAL_FORMS') return `${group}の行の数`;
    return `${group} ${Number(rows[2]) + 1}　${own || rows[3]}`;
  }

  // The part between the common beginning and the common end is marked.
  function marked(old, now) {
    const [a, b] = [[...old], [...now]];
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
    return [['del', a], ['ins', b]].map(([tag, text]) => {
      const middle = text.slice(head, text.length - tail).join('');
      const parts = [cut(text.slice(0, head), true)];
      if (middle) {
        const mark = document.createElement(tag);
        mark.textContent = middle;
        parts.push(mark);
      }
      parts.push(cut(text.slice(text.length - tail), false));
      return parts;
    });
  }

  // Of what is the same, enough to see where one is.
  function cut(characters, fromEnd) {
    if (characters.length <= 60) return characters.join('');
    return fromEnd ? `…${characters.slice(-60).join('')}` : `${characters.slice(0, 60).join('')}…`;
  }

  const begin = () => {
    const box = document.getElementById('desk-writing');
    if (box) start(box);
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
}
