// Tells the server that a reader sees an article: once it has been visible for a second, and
// again when it comes back from the back-forward cache. No cookie, no identifier. The page
// never waits for it and never notices a failure.

const ADDRESS = "/v/";
const VISIBLE_MS = 1000;
const READ_DEPTH = 90;
// The one view that the server could not store; sent again from the next page, once.
const WAITING = "newsportal.view";

const article = document.querySelector("[data-article-id][data-view-token]");

function form(fields) {
  return new URLSearchParams(fields);
}

function keep(body) {
  try {
    sessionStorage.setItem(WAITING, body);
  } catch {
    // Storage is full or forbidden: the view is lost, the page is not.
  }
}

function takeWaiting() {
  try {
    const body = sessionStorage.getItem(WAITING);
    sessionStorage.removeItem(WAITING);
    return body;
  } catch {
    return null;
  }
}

async function send(body, { again = true } = {}) {
  try {
    const answer = await fetch(ADDRESS, {
      method: "POST",
      body,
      keepalive: true,
      credentials: "omit",
      cache: "no-store",
    });
    if (answer.status === 503 && again) keep(body.toString());
  } catch {
    if (again) keep(body.toString());
  }
}

class Visit {
  constructor(element) {
    this.element = element;
    this.view = { a: element.dataset.articleId, t: element.dataset.viewToken };
    this.isCounted = false;
    this.isRead = false;
    this.visibleMs = 0;
    this.deepest = 0;
    this.since = null;
    this.timer = null;
  }

  show() {
    if (this.since !== null) return;
    this.since = performance.now();
    this.look();
    if (!this.isCounted) this.timer = setTimeout(() => this.count(), VISIBLE_MS);
  }

  hide() {
    if (this.since === null) return;
    clearTimeout(this.timer);
    this.visibleMs += performance.now() - this.since;
    this.since = null;
    if (this.isCounted) this.leave();
  }

  count() {
    this.isCounted = true;
    const waiting = takeWaiting();
    if (waiting) send(form(waiting), { again: false });
    send(form(this.view));
  }

  // Seconds since the last time it was said, and the depth until a read is said.
  leave() {
    const seconds = Math.round(this.visibleMs / 1000);
    if (seconds < 1) return;
    const depth = this.isRead ? 0 : this.deepest;
    this.isRead ||= depth >= READ_DEPTH;
    this.visibleMs = 0;
    navigator.sendBeacon?.(ADDRESS, form({ ...this.view, s: seconds, d: depth }));
  }

  // How far down the article the lower edge of the window has been, in percent.
  look() {
    const { top, height } = this.element.getBoundingClientRect();
    if (height <= 0) return;
    const depth = Math.round(((window.innerHeight - top) / height) * 100);
    this.deepest = Math.max(this.deepest, Math.min(100, Math.max(0, depth)));
  }
}

function watch(element) {
  let visit = new Visit(element);
  const follow = () => (document.visibilityState === "visible" ? visit.show() : visit.hide());
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => visit.hide());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    visit = new Visit(element);
    follow();
  });
  window.addEventListener("scroll", () => visit.since !== null && visit.look(), { passive: true });
  follow();
}

if (article) {
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", () => watch(article), { once: true });
  } else {
    watch(article);
  }
}
