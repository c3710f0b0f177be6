// Things moved by hand: dragged onto a target, or one step by the buttons 上へ and 下へ.
//
//   newsportalMoving(root, { item, target, name, drop, step })
//   item, target       selectors; a button is [data-move="-1"] or [data-move="1"] inside an item
//   name(item)         what is dragged, in words
//   drop(item, target) and step(item, number) put it there
'use strict';
window.newsportalMoving = (root, { item, target, name, drop, step }) => {
  let dragged = null;

  root.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-move]');
    if (!button) return;
    step(button.closest(item), Number(button.dataset.move));
    // What moves in the page loses the focus.
    button.focus();
  });

  const mark = (over) => {
    for (const each of root.querySelectorAll(target)) each.classList.toggle('is-over', each === over);
  };
  const over = (event) => dragged && event.target.closest(target);

  root.addEventListener('dragstart', (event) => {
    if (!event.target.closest?.('[draggable=true]')) return;
    dragged = event.target.closest(item);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', name(dragged));
    dragged.classList.add('is-dragged');
  });
  root.addEventListener('dragend', () => {
    dragged?.classList.remove('is-dragged');
    mark(null);
    dragged = null;
  });
  root.addEventListener('dragover', (event) => {
    const place = over(event);
    if (!place) return;
    event.preventDefault();
    mark(place);
  });
  root.addEventListener('drop', (event) => {
    const place = over(event);
    if (!place) return;
    event.preventDefault();
    drop(dragged, place);
  });
};
