// The reader's own choice of text size and colours, kept on this device only.
// Loaded in the head and not deferred, so that the choice stands before the first paint.
(() => {
  "use strict";
  const root = document.documentElement;
  const choices = {
    size: [["", "標準"], ["large", "大"], ["largest", "特大"]],
    theme: [["", "自動"], ["light", "明"], ["dark", "暗"]],
  };

  const kept = (name) => {
    try {
      return localStorage.getItem(`display-${name}`) || "";
    } catch {
      return ""; // storage is switched off: the page's defaults stand
    }
  };

  const keep = (name, value) => {
    try {
      localStorage.setItem(`display-${name}`, value);
    } catch {
      // the choice lasts for this page
    }
  };

  const apply = (name, value) => {
    if (value) {
      root.dataset[name] = value;
    } else {
      delete root.dataset[name];
    }
    if (name === "theme") colourTheFrame(value);
  };

  // The browser's own frame has one colour a scheme: a choice switches the other one off.
  const frames = [...document.querySelectorAll('meta[name="theme-color"]')];
  const schemes = frames.map((meta) => meta.media);
  const colourTheFrame = (value) => frames.forEach((meta, at) => {
    if (value) {
      meta.media = schemes[at].includes(value) ? "all" : "not all";
    } else {
      meta.media = schemes[at];
    }
  });

  const known = (name, value) => choices[name].some(([each]) => each === value);

  for (const name of Object.keys(choices)) {
    if (known(name, kept(name))) apply(name, kept(name));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const buttons = document.querySelectorAll("button[data-display]");
    for (const button of buttons) {
      const name = button.dataset.display;
      const label = button.querySelector("b");
      const values = choices[name].map(([value]) => value);
      const show = () => {
        label.textContent = choices[name][values.indexOf(root.dataset[name] || "")][1];
      };
      button.addEventListener("click", () => {
        const next = values[(values.indexOf(root.dataset[name] || "") + 1) % values.length];
        apply(name, next);
        keep(name, next);
        show();
      });
      show();
      button.hidden = false;
    }
  });
})();
