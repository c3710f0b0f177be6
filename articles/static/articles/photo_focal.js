// The focal point of a photo: set by a click or the arrow keys, with its crops beside it.
// Without this script the two number fields below do the same.
'use strict';
{
  // The same sum as the server's: the box lies with the point in its middle, but inside.
  function share(whole, kept, focal) {
    const spare = whole - kept;
    if (spare < 1) return 50;
    return (Math.min(Math.max(focal * whole - kept / 2, 0), spare) / spare) * 100;
  }

  function start(editor) {
    const x = document.getElementById('id_focal_x');
    const y = document.getElementById('id_focal_y');
    const picture = editor.querySelector('.focal-picture');
    const mark = editor.querySelector('.focal-mark');
    if (!x || !y || !mark) return;
    const width = Number(editor.dataset.width);
    const height = Number(editor.dataset.height);

    const value = (field) => Math.min(Math.max(Number(field.value), 0), 1) || 0;

    function show() {
      const [left, top] = [value(x), value(y)];
      mark.style.left = `${left * 100}%`;
      mark.style.top = `${top * 100}%`;
      mark.setAttribute('aria-label', `焦点　横${Math.round(left * 100)}%、縦${Math.round(top * 100)}%`);
      for (const crop of editor.querySelectorAll('.crop')) {
        const [across, down] = crop.dataset.ratio.split('/').map(Number);
        const keptX = Math.min(width, (height * across) / down);
        const keptY = Math.min(height, (width * down) / across);
        const position = `${share(width, keptX, left)}% ${share(height, keptY, top)}%`;
        crop.querySelector('img').style.objectPosition = position;
      }
    }

    function move(left, top) {
      const inside = (number) => Math.min(Math.max(number, 0), 1).toFixed(3).replace(/\.?0+$/, '');
      x.value = inside(left);
      y.value = inside(top);
      x.dispatchEvent(new Event('change', { bubbles: true }));
      show();
    }

    function follow(event) {
      const box = picture.querySelector('img').getBoundingClientRect();
      move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    }

    picture.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      picture.setPointerCapture(event.pointerId);
      follow(event);
      mark.focus({ preventScroll: true });
    });
    picture.addEventListener('pointermove', (event) => {
      if (picture.hasPointerCapture(event.pointerId)) follow(event);
    });
    mark.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? 0.1 : 0.01;
      const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      const way = ways[event.key];
      if (!way) return;
      event.preventDefault();
      move(value(x) + way[0], value(y) + way[1]);
    });
    x.addEventListener('input', show);
    y.addEventListener('input', show);

    mark.hidden = false;
    document.getElementById('focal-help').hidden = false;
    picture.classList.add('is-live');
    show();
  }

  document.addEventListener('DOMContentLoaded', () => {
    for (const editor of document.querySelectorAll('.focal-editor')) start(editor);
  });
}
