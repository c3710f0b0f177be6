// Copies an article's address and opens the device's own sheet for sharing. The plain links beside
// these buttons need nothing of this.

const said = document.querySelector(".share .said");
const copy = document.querySelector("button[data-copy]");
const share = document.querySelector("button[data-share]");

if (copy && navigator.clipboard) {
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      said.textContent = "リンクをコピーしました。";
    } catch {
      said.textContent = "コピーできませんでした。";
    }
  });
  copy.hidden = false;
}

if (share && navigator.share) {
  share.addEventListener("click", () => {
    // Who closes the sheet again has done nothing wrong.
    navigator.share({ title: share.dataset.title, url: share.dataset.share }).catch(() => {});
  });
  share.hidden = false;
}
