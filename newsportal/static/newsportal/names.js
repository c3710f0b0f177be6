// Names for those who hear the desk: fields and signs that the stock admin leaves without.
'use strict';
{
  const words = (element) => element?.textContent.trim();

  function nameChoices() {
    for (const select of document.querySelectorAll('select.admin-autocomplete')) {
      const box = select.parentElement.querySelector('.select2-container');
      const label = document.querySelector(`label[for="${select.id}"]`);
      const column = select.closest('td') && document.querySelector(`th.column-${select.dataset.fieldName}`);
      const name = (words(label) || words(column) || '').replace(/[:：]$/, '');
      if (!box || !name) continue;
      for (const part of box.querySelectorAll('.select2-selection, [role=textbox], .select2-search__field')) {
        part.setAttribute('aria-label', name);
      }
    }
  }

  // A field in a list is called after its column and its row.
  function nameListedFields() {
    const heads = [...document.querySelectorAll('#result_list thead th')];
    for (const row of document.querySelectorAll('#result_list tbody tr')) {
      const of = words(row.querySelector('th')) || '';
      for (const field of row.querySelectorAll('td :is(input, select, textarea):not([type=hidden], .action-select)')) {
        const cell = field.closest('td');
        const column = words(heads[[...row.children].indexOf(cell)]?.querySelector('.text')) || '';
        if (!field.labels?.length) field.setAttribute('aria-label', `${column}：${of}`);
      }
    }
  }

  function nameSigns() {
    for (const head of document.querySelectorAll('th.original:empty')) {
      const hidden = document.createElement('span');
      hidden.className = 'visually-hidden';
      hidden.textContent = '並べ替え';
      head.append(hidden);
    }
    for (const sign of document.querySelectorAll('.help-tooltip[aria-label]')) sign.setAttribute('role', 'img');
    document.querySelector('#searchbar')?.setAttribute('aria-label', '検索する語');
    document.querySelector('label[for=searchbar] img')?.setAttribute('alt', '検索');
    for (const select of document.querySelectorAll('.actions select[name=action]')) {
      if (!select.labels?.length) select.setAttribute('aria-label', '操作');
    }
  }

  function nameAll() {
    nameChoices();
    nameListedFields();
    nameSigns();
  }

  // The admin's own scripts make their fields when the page is there.
  addEventListener('load', () => setTimeout(nameAll));
  document.addEventListener('formset:added', () => setTimeout(nameAll));
}
