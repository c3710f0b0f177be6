// An item dropped on another day is sent by its own form; the time of day stays.
'use strict';
{
  let dragged = null;

  for (const item of document.querySelectorAll('.calendar-item[draggable]')) {
    item.addEventListener('dragstart', (event) => {
      dragged = item;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', item.querySelector('.calendar-headline').textContent);
    });
    item.addEventListener('dragend', () => {
      dragged = null;
      for (const day of document.querySelectorAll('.is-over')) day.classList.remove('is-over');
    });
  }

  for (const day of document.querySelectorAll('.calendar-day')) {
    day.addEventListener('dragover', (event) => {
      if (!dragged || day.contains(dragged)) return;
      event.preventDefault();
      day.classList.add('is-over');
    });
    day.addEventListener('dragleave', (event) => {
      if (!day.contains(event.relatedTarget)) day.classList.remove('is-over');
    });
    day.addEventListener('drop', (event) => {
      if (!dragged || day.contains(dragged)) return;
      event.preventDefault();
      const form = dragged.querySelector('form');
      form.elements.day.value = day.dataset.day;
      form.elements.day.removeAttribute('min');
      form.submit();
    });
  }
}
