// あとで読む: articles that a reader keeps on this device. Nothing is sent but, when the list is
// opened, the numbers of the articles, to learn which of them are still public.

const KEPT = "saved-articles";
const MOST = 100;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) || "[]");
    return Array.isArray(kept) ? kept.filter((item) => Number.isSafeInteger(item?.id)) : [];
  } catch {
    return []; // storage is switched off, or holds what is not ours
  }
}

function write(items) {
  try {
    if (items.length) localStorage.setItem(KEPT, JSON.stringify(items));
    else localStorage.removeItem(KEPT);
    return true;
  } catch {
    return false;
  }
}

function remove(id) {
  return write(read().filter((item) => item.id !== id));
}

function add(item) {
  return write([item, ...read().filter((other) => other.id !== item.id)].slice(0, MOST));
}

function prepareButton(place) {
  const button = place.querySelector("button");
  const id = Number(place.dataset.save);
  const isSaved = () => read().some((item) => item.id === id);
  const show = () => {
    const saved = isSaved();
    button.textContent = saved ? "保存済み" : "あとで読む";
    button.setAttribute("aria-pressed", String(saved));
  };
  button.addEventListener("click", () => {
    const headline = document.querySelector("h1").textContent.trim();
    const done = isSaved() ? remove(id) : add({ id, headline });
    show();
    if (!done) button.textContent = "この端末には保存できません";
  });
  // Another tab, or the way back from the list.
  addEventListener("storage", show);
  addEventListener("pageshow", show);
  show();
  place.hidden = false;
}

function row(article, forget) {
  const item = document.createElement("li");
  const when = document.createElement("time");
  const link = document.createElement("a");
  const button = document.createElement("button");
  when.className = "when";
  when.dateTime = article.published_at;
  when.textContent = new Intl.DateTimeFormat("ja-JP", { dateStyle: "long", timeZone: "Asia/Tokyo" })
    .format(new Date(article.published_at));
  link.href = article.url;
  link.textContent = article.headline;
  button.type = "button";
  button.textContent = "消す";
  button.setAttribute("aria-label", `「${article.headline}」を一覧から消す`);
  button.addEventListener("click", () => forget(item));
  item.append(when, link, button);
  return item;
}

async function showList(place) {
  const says = place.querySelector("[data-saved-says]");
  const list = place.querySelector("[data-saved-items]");
  const clear = place.querySelector("[data-saved-clear]");
  const tell = (before = "") => {
    const count = list.children.length;
    says.textContent = before + (count ? `${count}件を保存しています。` : "保存した記事はありません。");
    clear.hidden = !count;
  };
  place.hidden = false;
  document.querySelector("[data-saved-needs]").remove();
  clear.addEventListener("click", () => {
    write([]);
    list.replaceChildren();
    tell();
    says.tabIndex = -1;
    says.focus();
  });
  const kept = read();
  if (!kept.length) return tell();
  // The rows keep their room unseen until it is known which of them may be shown.
  list.classList.add("is-waiting");
  list.append(...kept.map(({ headline }) => row({ headline, url: "", published_at: Date.now() })));
  clear.hidden = false;
  let found;
  try {
    const ids = kept.map((item) => item.id).sort((a, b) => a - b).join(",");
    const answer = await fetch(`${place.dataset.savedList}?ids=${ids}`, {
      credentials: "omit",
      cache: "no-cache", // what was withdrawn a moment ago is gone now
    });
    if (!answer.ok) throw new Error(answer.status);
    found = new Map((await answer.json()).articles.map((article) => [article.id, article]));
  } catch {
    list.replaceChildren();
    says.textContent = "いま一覧を読み込めません。保存した記事はこの端末に残っています。";
    return undefined;
  }
  list.classList.remove("is-waiting");
  list.replaceChildren();
  for (const { id } of kept) {
    const article = found.get(id);
    if (article) {
      list.append(row(article, (item) => {
        const next = item.nextElementSibling || item.previousElementSibling;
        remove(id);
        item.remove();
        tell();
        (next?.querySelector("a") || clear).focus();
      }));
    } else {
      remove(id);
    }
  }
  const gone = kept.length - list.children.length;
  return tell(gone ? `掲載を終えた記事が${gone}件あり、一覧から外しました。` : "");
}

const button = document.querySelector("[data-save]");
if (button) prepareButton(button);
const list = document.querySelector("[data-saved-list]");
if (list) showList(list);
