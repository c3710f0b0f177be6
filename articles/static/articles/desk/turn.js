// わたしの番: the counts beside the places of the desk.
'use strict';
{
  const place = document.querySelector('[data-turn]');
  async function count() {
    const answer = await fetch(place.dataset.turn);
    if (!answer.ok || !answer.headers.get('Content-Type').includes('json')) return;
    const counts = await answer.json();
    for (const each of place.querySelectorAll('b[data-count]')) {
      const number = counts[each.dataset.count];
      each.textContent = number > 99 ? '99+' : number || '';
    }
  }
  if (place) count().catch(() => {});
}
