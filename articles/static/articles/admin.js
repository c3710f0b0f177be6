// The desk's own script: counters, words on the editor's buttons, pictures beside photos.
// Every page of the desk also works without it, only less comfortably.
'use strict';
{
  const EDITOR_WORDS = {
    heading2: '大見出し',
    heading3: '小見出し',
    bold: '太字',
    italic: '斜体',
    ruby: 'ルビ',
    foreign: '外国語',
    blockquote: '引用',
    bulletList: '箇条書き',
    orderedList: '番号つき',
    link: 'リンク',
    unlink: 'リンクを外す',
    'history:undo': '元に戻す',
    'history:redo': 'やり直す',
    paragraph: '段落',
  };

  function nameButtons(textarea) {
    const editor = textarea.closest('.prose-editor');
    if (!editor) return;
    for (const button of editor.querySelectorAll('button[data-name]')) {
      const words = EDITOR_WORDS[button.dataset.name];
      if (!words) continue;
      button.classList.remove('material-icons');
      button.textContent = words;
      button.title = words;
      button.setAttribute('aria-label', words);
    }
    const text = editor.querySelector('.ProseMirror');
    const label = document.querySelector(`label[for="${textarea.id}"]`);
    if (text && label) text.setAttribute('aria-label', label.textContent.replace(/[:：]\s*$/, ''));
  }

  // The editor makes its menu a moment after it says that it is ready.
  document.addEventListener('prose-editor:ready', (event) => {
    const { editor, textarea } = event.detail;
    editor.on('create', () => nameButtons(textarea));
    nameButtons(textarea);
  });

  // Lengths in full-width characters: half-width ones count one half.
  function width(text) {
    let sum = 0;
    for (const character of text) sum += /[\u0000-\u00ff\uff61-\uff9f]/.test(character) ? 0.5 : 1;
    return Math.ceil(sum);
  }

  function count(field) {
    const most = Number(field.dataset.count);
    const least = Number(field.dataset.countFrom || 0);
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (!label) return;
    const shown = document.createElement('span');
    shown.className = 'count';
    label.append(shown);
    const update = () => {
      const now = width(field.value);
      shown.textContent = least ? `${now} ／ ${least}〜${most}字` : `${now} ／ ${most}字`;
      shown.classList.toggle('over', now > most);
    };
    field.addEventListener('input', update);
    update();
  }

  // The body: its characters and how long a reader takes, at 600 a minute as on the site.
  const PER_MINUTE = 600;

  function countBody(field) {
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (!label) return;
    const shown = document.createElement('span');
    shown.className = 'count';
    label.append(shown);
    const update = () => {
      const page = new DOMParser().parseFromString(field.value, 'text/html');
      for (const reading of page.querySelectorAll('rt, rp')) reading.remove();
      const { length } = [...page.body.textContent.replaceAll(/\s/g, '')];
      const minutes = Math.max(1, Math.round(length / PER_MINUTE));
      shown.textContent = length ? `${length.toLocaleString('ja-JP')}字・約${minutes}分` : '0字';
    };
    document.addEventListener('desk:changed', update);
    update();
  }

  // A photo that is chosen, searched or newly uploaded shows itself below its field.
  function previewOf(select) {
    const wrapper = select.closest('.related-widget-wrapper') || select.parentElement;
    let box = wrapper.parentElement.querySelector('.photo-preview');
    if (!box) {
      box = document.createElement('div');
      box.className = 'photo-preview';
      wrapper.after(box);
    }
    return box;
  }

  async function showPhoto(select) {
    const box = previewOf(select);
    const chosen = select.value;
    if (!chosen) {
      box.replaceChildren();
      return;
    }
    const answer = await fetch(`${deskRoot(select)}articles/photo/${chosen}/preview/`);
    if (!answer.ok || select.value !== chosen) return;
    const photo = await answer.json();
    const words = document.createElement('div');
    words.textContent = `${photo.caption || '（説明なし）'}　${photo.credit}`;
    for (const problem of photo.problems) {
      const line = document.createElement('span');
      line.className = 'problem';
      line.textContent = problem;
      words.append(line);
    }
    const parts = [words];
    if (photo.thumbnail) {
      const image = document.createElement('img');
      image.src = photo.thumbnail;
      image.alt = '';
      parts.unshift(image);
    }
    box.replaceChildren(...parts);
  }

  function deskRoot(select) {
    return select.getAttribute('data-ajax--url').replace(/autocomplete\/.*$/, '');
  }

  function withPicture(choice) {
    if (!choice.thumbnail) return choice.text;
    const line = document.createElement('span');
    line.className = 'choice';
    const image = document.createElement('img');
    image.src = choice.thumbnail;
    image.alt = '';
    line.append(image, choice.text);
    return django.jQuery(line);
  }

  const isPhoto = (element) => element.dataset.modelName === 'articlephoto' && element.dataset.fieldName === 'photo';

  document.addEventListener('DOMContentLoaded', () => {
    for (const field of document.querySelectorAll('[data-count]')) count(field);
    const body = document.getElementById('id_body');
    if (body) countBody(body);
    const $ = window.django && window.django.jQuery;
    if (!$) return;
    if ($.fn.select2) $.fn.select2.defaults.set('templateResult', withPicture);
    $(document).on('change', 'select.admin-autocomplete', (event) => {
      if (isPhoto(event.target)) showPhoto(event.target);
    });
    for (const select of document.querySelectorAll('select.admin-autocomplete')) {
      if (isPhoto(select) && !select.name.includes('__prefix__')) showPhoto(select);
    }
  });

  // Enter ends a conversion of the input method; it must not send the form as well.
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
  }, true);
}
