// Shortcuts of the editing screen, and the list of them. None acts while an input method composes.
'use strict';
{
  const desk = window.newsportalDesk;
  const TYPED_IN = 'input, textarea, select, [contenteditable]';

  document.addEventListener('DOMContentLoaded', () => {
    const list = document.getElementById('desk-shortcuts');
    if (!desk || !desk.form || !list) return;
    const button = (name) => document.querySelector(`[data-desk-bar] [name=${name}]`);

    function openList() {
      if (!list.open) list.showModal();
    }

    function save() {
      const main = button('_save');
      if (main) desk.form.requestSubmit(main);
      else desk.tell('この記事は保存できません。');
    }

    // Nothing goes out by a key alone: whoever may publish is led to the button.
    function handOn() {
      const submit = button('_submit');
      const publish = button('_publish');
      if (publish) publish.focus();
      else if (submit) desk.form.requestSubmit(submit);
    }

    function go(field) {
      const target = document.querySelector(field);
      if (!target) return;
      target.scrollIntoView({ block: 'center' });
      target.focus({ preventScroll: true });
    }

    // By place on the keyboard: with Alt or option the letters are others.
    function byPlace(code) {
      const digit = /^Digit([0-9])$/.exec(code);
      if (code === 'KeyH') return () => go('#id_headline');
      if (!digit) return null;
      if (digit[1] === '0') return () => go('.field-body .ProseMirror, #id_body');
      const tab = document.querySelectorAll('[data-desk=tabs] [data-tab]')[Number(digit[1]) - 1];
      return tab ? () => desk.show(tab.dataset.tab, { focus: true }) : null;
    }

    function actionOf(event) {
      const main = (event.ctrlKey || event.metaKey) && !event.altKey;
      if (main && !event.shiftKey && event.key.toLowerCase() === 's') return save;
      if (main && !event.shiftKey && event.key === 'Enter') return handOn;
      if (main && event.key === '/') return openList;
      if (event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey) return byPlace(event.code);
      const isTyped = event.target instanceof Element && event.target.closest(TYPED_IN);
      return event.key === '?' && !main && !event.altKey && !isTyped ? openList : null;
    }

    document.addEventListener('keydown', (event) => {
      if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || desk.isComposing()) return;
      // A dialog has its own keys.
      if (document.querySelector('dialog[open]')) return;
      const act = actionOf(event);
      if (!act) return;
      event.preventDefault();
      if (!event.repeat) act();
    });
    for (const opener of document.querySelectorAll('[data-desk=shortcuts]')) {
      opener.hidden = false;
      opener.addEventListener('click', openList);
    }
  });
}
