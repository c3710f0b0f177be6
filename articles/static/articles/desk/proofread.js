// The panel 表記: the checklist and the findings for the text as it stands in the form.
'use strict';
{
  const desk = window.newsportalDesk;
  const panel = document.querySelector('[data-proofread]');
  let asked = 0;
  let shown = { findings: [] };

  const part = (name) => panel.querySelector(`[data-proofread-${name}]`);

  // What is in the editor and not yet in the form's textarea has no place here: both are the same.
  const editor = () => {
    const text = desk.form.querySelector('.prose-editor .ProseMirror');
    return text && text.editor;
  };

  function make(tag, words = '', name = '') {
    const element = document.createElement(tag);
    element.textContent = words;
    if (name) element.className = name;
    return element;
  }

  function button(words, act) {
    const element = make('button', words);
    element.type = 'button';
    element.addEventListener('click', act);
    return element;
  }

  function typed() {
    const data = desk.values();
    for (const [name, value] of [...data]) if (typeof value !== 'string') data.delete(name);
    return data;
  }

  async function check() {
    if (!desk.form) return;
    const number = ++asked;
    try {
      const response = await desk.post(panel.dataset.proofread, typed());
      // The answer to an older text is no longer of use.
      if (number !== asked) return;
      const answer = await response.json();
      if (response.ok) show(answer);
      else say(answer.error);
    } catch {
      if (number === asked) say('調べられませんでした。つながりを確かめてください。');
    }
  }

  function say(words) {
    part('state').textContent = words;
  }

  // --- what the checks say

  function show(answer) {
    shown = answer;
    desk.badge('proofread', answer.count);
    say(summary(answer));
    part('state').classList.toggle('stops', answer.stops > 0);
    part('items').replaceChildren(...answer.items.map(line));
    const findings = answer.findings.map(findingLine);
    if (answer.more) findings.push(make('li', `ほか${answer.more}件`));
    part('findings').replaceChildren(...findings);
    part('none').hidden = answer.count > 0;
    part('ignored').hidden = !answer.ignored.length;
    part('ignored-count').textContent = answer.ignored.length;
    part('ignored-list').replaceChildren(...answer.ignored.map(ignoredLine));
    mark();
  }

  function summary(answer) {
    if (answer.stops) return `公開を止めている項目が${answer.stops}件あります。`;
    return answer.count ? '公開できます。知らせておきたいことがあります。' : '公開できます。';
  }

  function mark() {
    const text = editor();
    if (!text || desk.isComposing()) return;
    text.commands.showFindings(shown.findings.filter((finding) => finding.field === 'body'));
  }

  function line(item) {
    const met = !item.problems.length;
    const element = make('li', '', met ? 'met' : item.level);
    element.append(make('b', met ? '✓' : item.level === 'blocking' ? '✕' : '△'), item.label);
    element.append(make('span', met ? '：よし' : item.level === 'blocking' ? '：公開できません' : '：勧め', 'visually-hidden'));
    for (const problem of item.problems) element.append(make('small', problem));
    return element;
  }

  function findingLine(finding) {
    const element = make('li', '', finding.level);
    const what = make('p', '', 'what');
    what.append(make('b', finding.message));
    const words = make('q');
    words.append(finding.before, make('mark', visible(finding.words)), finding.after);
    const where = make('p', '', 'where');
    where.append(button(finding.where, () => jump(finding)));
    where.append(make('span', finding.level === 'blocking' ? '公開を止めます' : '知らせるだけです'));
    const acts = make('p', '', 'acts');
    if (finding.replacement !== null) {
      const words = finding.replacement.trim() ? `「${finding.replacement}」に直す` : finding.replacement ? '空白に直す' : '消す';
      acts.append(button(words, () => mend(finding)));
    }
    if (shown.can_ignore) acts.append(button('理由をつけて無視', () => ask(element, finding)));
    element.append(what, words, where, acts);
    return element;
  }

  // Characters that nobody sees are shown by their numbers.
  function visible(words) {
    return words.replace(/[\p{Cc}\p{Cf}\p{Co}\u034f\u2028\u2029]/gu, (character) => `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
  }

  function ignoredLine(ignored) {
    const element = make('li');
    element.append(make('b', `${ignored.label}「${visible(ignored.words)}」`), make('span', ignored.reason));
    element.append(make('small', `${ignored.who}　${ignored.when}`));
    element.append(button('もう一度知らせる', () => tell('heed/', { number: ignored.number })));
    return element;
  }

  // --- to the place, and mending it

  function units(text, count) {
    return Array.from(text).slice(0, count).join('').length;
  }

  // The place in a plain field, or null when the words there are others by now.
  function placeIn(field, finding) {
    const start = units(field.value, finding.start);
    const end = start + finding.words.length;
    return field.value.slice(start, end) === finding.words ? { start, end } : null;
  }

  const fieldOf = (finding) => desk.form.elements[finding.field];

  function jump(finding) {
    if (finding.field === 'body' && editor()) {
      const text = editor();
      if (!text.chain().focus().selectFinding(finding).run()) check();
      return;
    }
    const field = fieldOf(finding);
    if (!field) return;
    field.focus();
    field.scrollIntoView({ block: 'center' });
    const place = placeIn(field, finding);
    if (place) field.setSelectionRange(place.start, place.end);
  }

  function mend(finding) {
    const done = finding.field === 'body' && editor() ? editor().chain().focus().mendFinding(finding).run() : mendField(finding);
    // What was mended is checked with the next desk:changed, like everything that is typed: so
    // the list agrees with the text also when the mending is undone before.
    if (done) return;
    desk.tell('そこは自動では直せません。場所を開いて直してください。', 'error');
    jump(finding);
    check();
  }

  function mendField(finding) {
    const field = fieldOf(finding);
    const place = field && placeIn(field, finding);
    if (!place) return false;
    field.focus();
    field.setSelectionRange(place.start, place.end);
    // The one way to write into a field that the browser's own undo takes back.
    const wrote = finding.replacement
      ? document.execCommand('insertText', false, finding.replacement)
      : document.execCommand('delete');
    if (!wrote) {
      field.setRangeText(finding.replacement, place.start, place.end, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    return true;
  }

  // --- letting it stand

  let questions = 0;

  function ask(element, finding) {
    if (element.querySelector('.reason')) return;
    const box = make('div', '', 'reason');
    const input = make('input');
    input.type = 'text';
    input.maxLength = 200;
    input.id = `proofread-reason-${++questions}`;
    const label = make('label', '無視する理由');
    label.htmlFor = input.id;
    const send = () => tell('ignore/', { rule: finding.rule, words: Array.from(finding.words).slice(0, 200).join(''), reason: input.value });
    input.addEventListener('keydown', (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Enter') {
        // Enter here must not save the article.
        event.preventDefault();
        send();
      } else if (event.key === 'Escape') {
        event.stopPropagation();
        box.remove();
      }
    });
    // What is typed here is no edit of the article.
    for (const name of ['input', 'change', 'keyup']) input.addEventListener(name, (event) => event.stopPropagation());
    box.append(label, input, button('無視する', send), button('やめる', () => box.remove()));
    element.append(box);
    input.focus();
  }

  async function tell(what, values) {
    try {
      const response = await desk.post(`${panel.dataset.proofread}${what}`, values);
      const answer = await response.json();
      desk.tell(response.ok ? answer.said : answer.error, response.ok ? 'info' : 'error');
      if (response.ok) check();
    } catch {
      desk.tell('記録できませんでした。つながりを確かめてください。', 'error');
    }
  }

  if (desk && panel) {
    document.addEventListener('desk:changed', check);
    // Marks wait for the editor, which makes itself a moment after the page.
    document.addEventListener('DOMContentLoaded', check);
    document.addEventListener('prose-editor:ready', (event) => event.detail.editor.on('create', mark));
    document.addEventListener('compositionend', () => setTimeout(mark));
  }
}
