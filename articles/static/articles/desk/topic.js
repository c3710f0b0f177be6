// トピック: the pinned articles in the order in which they stand on the page, kept in 固定の順.
'use strict';
document.addEventListener('DOMContentLoaded', () => {
  const group = document.getElementById('teasers-group');
  if (!group || !group.querySelector('[name$="-is_pinned"]')) return;
  const ROW = '.inline-related:not(.empty-form)';
  const rows = () => [...group.querySelectorAll(ROW)];
  const pin = (row) => row.querySelector('[name$="-is_pinned"]');
  const pinned = () => rows().filter((row) => pin(row).checked);
  const article = (row) => row.querySelector('[name$="-article"]');
  const name = (row) => {
    const own = row.querySelector('[name$="-headline"]').value;
    return own || article(row).selectedOptions[0]?.textContent.trim() || '新しい記事';
  };
  const said = document.createElement('p');
  said.className = 'quiet';
  said.setAttribute('aria-live', 'polite');
  group.querySelector('fieldset').prepend(said);
  group.classList.add('is-ordered-by-hand');

  function number() {
    pinned().forEach((row, place) => {
      row.querySelector('[name$="-order"]').value = place + 1;
    });
  }

  function put(row, place) {
    const others = pinned().filter((each) => each !== row);
    const next = others[place];
    if (next) next.before(row);
    else others.at(-1)?.after(row);
    number();
    said.textContent = `「${name(row)}」は固定の${pinned().indexOf(row) + 1}番目です。保存すると読者に出ます。`;
  }

  function show(row) {
    const head = row.querySelector('h3');
    head.draggable = pin(row).checked;
    let buttons = head.querySelector('.pin-buttons');
    if (!buttons) {
      buttons = document.createElement('span');
      buttons.className = 'pin-buttons';
      for (const [words, step] of [['上へ', -1], ['下へ', 1]]) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'button line';
        button.textContent = words;
        button.dataset.move = step;
        buttons.append(button);
      }
      head.append(buttons);
    }
    buttons.hidden = !pin(row).checked;
    for (const button of buttons.children) button.setAttribute('aria-label', `${button.textContent}：${name(row)}`);
  }

  newsportalMoving(group, {
    item: ROW,
    target: `${ROW}:has([name$="-is_pinned"]:checked)`,
    name,
    drop: (row, other) => {
      if (row !== other) put(row, pinned().indexOf(other));
    },
    step: (row, by) => put(row, Math.min(Math.max(pinned().indexOf(row) + by, 0), pinned().length - 1)),
  });
  group.addEventListener('change', (event) => {
    const row = event.target.closest(ROW);
    if (!row) return;
    if (event.target === pin(row)) {
      if (pin(row).checked) put(row, pinned().length - 1);
      else number();
      pin(row).focus();
    }
    show(row);
  });
  document.addEventListener('formset:added', (event) => {
    if (group.contains(event.target)) show(event.target);
  });
  for (const row of rows()) show(row);
});
