// Many photos at once: one request a file, a few at a time, each with its own progress and answer.
// Without this script the form sends the chosen files together.
'use strict';
{
  const AT_ONCE = 3;

  document.addEventListener('DOMContentLoaded', () => {
    const form = document.getElementById('upload_form');
    if (!form) return;
    const input = document.getElementById('id_files');
    const drop = form.querySelector('.drop');
    const results = document.querySelector('.results');
    const sum = document.querySelector('.sum');
    const next = document.querySelector('.next');
    const waiting = [];
    const taken = [];
    let running = 0;
    let refused = 0;
    let all = 0;

    form.querySelector('.plain-send').hidden = true;
    form.querySelector('.drop-words').hidden = false;

    const element = (name, className, text) => {
      const made = document.createElement(name);
      if (className) made.className = className;
      if (text) made.textContent = text;
      return made;
    };

    const link = (photo) => {
      const anchor = element('a', '', photo.text);
      anchor.href = photo.address;
      return anchor;
    };

    function row(file) {
      const item = element('li', 'is-waiting');
      item.append(element('span', 'thumb is-waiting'));
      const words = element('div');
      words.append(element('b', '', file.name));
      const bar = element('progress');
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute('aria-label', `${file.name}の送信`);
      words.append(bar);
      item.append(words);
      results.append(item);
      return { item, words, bar, file };
    }

    function count() {
      const done = taken.length + refused;
      const parts = [`${all}枚のうち${taken.length}枚を登録しました。`];
      if (refused) parts.push(`${refused}枚は登録できませんでした（朱の行に理由があります）。`);
      if (done < all) parts.push('送っています…');
      sum.textContent = parts.join('');
      if (done === all && taken.length) {
        const address = new URL(form.dataset.captions, location.href);
        next.querySelector('a').href = `${address.pathname}?ids=${taken.join(',')}`;
        next.hidden = false;
      }
    }

    function refuse({ item, words, bar, file }, errors, same, mayTryAgain) {
      bar.remove();
      item.className = 'is-refused';
      for (const error of errors) words.append(element('p', 'problem', error));
      if (same) words.append(link(same));
      if (mayTryAgain) {
        const again = element('button', 'again', 'もう一度送る');
        again.type = 'button';
        again.addEventListener('click', () => {
          item.remove();
          refused -= 1;
          all -= 1;
          add([file]);
        });
        words.append(again);
      }
      refused += 1;
    }

    function accept({ item, words, bar }, answer) {
      bar.remove();
      item.className = 'is-done';
      if (answer.thumbnail) {
        const image = element('img');
        image.src = answer.thumbnail;
        image.alt = '';
        image.width = image.height = 48;
        item.firstChild.replaceWith(image);
      }
      words.append(' ', link(answer), 'を登録しました。');
      if (answer.prefilled.length) words.append(element('p', 'quiet', `ファイルから：${answer.prefilled.join('、')}`));
      for (const other of answer.alike) {
        const warning = element('p', 'problem', 'よく似た写真：');
        warning.append(link(other));
        words.append(warning);
      }
      taken.push(answer.id);
    }

    function send(entry) {
      const data = new FormData(form);
      data.delete('files');
      data.append('files', entry.file);
      const request = new XMLHttpRequest();
      request.open('POST', form.action || location.href);
      request.setRequestHeader('Accept', 'application/json');
      request.upload.addEventListener('progress', (event) => {
        if (event.lengthComputable) entry.bar.value = (event.loaded / event.total) * 100;
      });
      request.addEventListener('loadend', () => {
        let answer = null;
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          // Not the library's answer: said below by its status.
        }
        if (answer && answer.ok) accept(entry, answer);
        else if (answer) refuse(entry, answer.errors, answer.same, false);
        else refuse(entry, [trouble(request)], null, true);
        running -= 1;
        count();
        pump();
      });
      entry.item.className = 'is-sending';
      request.send(data);
    }

    function trouble(request) {
      if (request.status === 413) return 'ファイルが大きすぎます。';
      if (request.status === 403 || request.responseURL.includes('/login/')) return 'ログインし直してから、もう一度送ってください。';
      return '送れませんでした。つながりを確かめて、もう一度送ってください。';
    }

    function pump() {
      while (running < AT_ONCE && waiting.length) {
        running += 1;
        send(waiting.shift());
      }
    }

    function add(files) {
      next.hidden = true;
      for (const file of files) {
        all += 1;
        waiting.push(row(file));
      }
      count();
      pump();
    }

    input.addEventListener('change', () => {
      add([...input.files]);
      input.value = '';
    });
    form.addEventListener('submit', (event) => event.preventDefault());

    for (const name of ['dragenter', 'dragover']) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add('is-over');
      });
    }
    for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('is-over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      add([...event.dataTransfer.files]);
    });
    // A photo dropped beside the field would replace the page, and the uploads with it.
    for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());
    window.addEventListener('beforeunload', (event) => {
      if (running || waiting.length) event.preventDefault();
    });
  });
}
