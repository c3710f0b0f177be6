// A new photo: what its file says of itself goes into the fields that are still empty.
// Without this script the server does it when the form is saved.
'use strict';
{
  const NAMES = ['caption', 'alt', 'credit', 'copyright', 'taken_on', 'place'];

  function note(field, words) {
    const row = field.closest('.form-row') || field.parentElement;
    let mark = row.querySelector(`.from-file[data-for="${field.id}"]`);
    if (!mark) {
      mark = document.createElement('span');
      mark.className = 'from-file';
      mark.dataset.for = field.id;
      const label = document.querySelector(`label[for="${field.id}"]`);
      if (!label) return;
      label.append(mark);
      field.addEventListener('input', () => mark.remove(), { once: true });
    }
    mark.textContent = words;
  }

  // What this script wrote may be replaced by the next file; what a person typed may not.
  const isFree = (field) => !field.value || field.value === field.dataset.fromFile;

  function fill(field, text) {
    if (!isFree(field)) return false;
    field.value = text;
    field.dataset.fromFile = text;
    if (!text) return false;
    note(field, 'ファイルから');
    return true;
  }

  function chooseAgency(agency) {
    const select = document.getElementById('id_agency');
    if (!select || !agency || !isFree(select)) return;
    select.append(new Option(agency.text, agency.id, true, true));
    select.dataset.fromFile = String(agency.id);
    select.dispatchEvent(new Event('change', { bubbles: true }));
    note(select, 'ファイルから');
  }

  function line(className, ...parts) {
    const paragraph = document.createElement('p');
    paragraph.className = className;
    paragraph.append(...parts);
    return paragraph;
  }

  function link(photo) {
    const anchor = document.createElement('a');
    anchor.href = photo.address;
    anchor.target = '_blank';
    anchor.textContent = photo.text;
    return anchor;
  }

  async function read(input, box) {
    const file = input.files[0];
    box.replaceChildren();
    if (!file) return;
    box.append(line('quiet', 'ファイルを調べています…'));
    const data = new FormData();
    data.append('original', file);
    const token = input.form.querySelector('[name=csrfmiddlewaretoken]').value;
    let answer;
    try {
      const response = await fetch(box.dataset.read, {
        method: 'POST', body: data, headers: { 'X-CSRFToken': token, Accept: 'application/json' },
      });
      answer = await response.json();
    } catch {
      // The save itself will say what is wrong.
      box.replaceChildren();
      return;
    }
    if (input.files[0] !== file) return;
    box.replaceChildren();
    if (answer.errors) {
      for (const error of answer.errors) box.append(line('problem', error));
      return;
    }
    if (answer.same) box.append(line('problem', '同じ写真がすでにあります：', link(answer.same)));
    else for (const other of answer.alike) box.append(line('problem', 'よく似た写真があります：', link(other)));
    for (const name of NAMES) {
      const field = document.getElementById(`id_${name}`);
      if (field) fill(field, answer.words[name] || '');
    }
    chooseAgency(answer.words.agency);
    if (answer.has_location) box.append(line('quiet', '位置情報が入っています。読者には渡しません。'));
    document.getElementById('id_prefilled').value = '1';
  }

  document.addEventListener('DOMContentLoaded', () => {
    const box = document.querySelector('.prefill');
    const input = document.getElementById('id_original');
    if (box && input) input.addEventListener('change', () => read(input, box));
  });
}
