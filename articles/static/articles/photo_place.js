// A photo of the article, at its place in the text: <hr data-photo="12">. The photo itself is a
// row below the text, with its caption; here it is only named, and moves with the paragraphs.
import { Node, updateAttrsDialog } from "django-prose-editor/editor";

// The photos in the rows of the form: [{number, label}].
function photosOfForm() {
  const rows = [...document.querySelectorAll('select[name^="article_photos-"][name$="-photo"]')];
  return rows
    .filter((select) => select.value && !select.name.includes("__prefix__") && !isDeleted(select))
    .map((select, place) => ({
      number: select.value,
      label: `写真${place + 1}：${select.selectedOptions[0].textContent.trim().slice(0, 40)}`,
    }));
}

function isDeleted(select) {
  const box = document.getElementById(select.id.replace(/-photo$/, "-DELETE"));
  return Boolean(box && box.checked);
}

function tell(words) {
  if (window.newsportalDesk) window.newsportalDesk.tell(words, "error");
}

async function place(editor) {
  const photos = photosOfForm();
  if (!photos.length) {
    tell("先に「写真と説明」で、この記事の写真を選んでください。");
    return;
  }
  const placed = new Set();
  editor.state.doc.descendants((node) => {
    if (node.type.name === "photoPlace") placed.add(String(node.attrs.photo));
  });
  const first = photos.find(({ number }) => !placed.has(number)) || photos[0];
  const fields = { label: { type: "string", title: "どの写真を入れますか", enum: photos.map(({ label }) => label) } };
  const written = await updateAttrsDialog(fields, { title: "写真を入れる", submitText: "入れる" })(editor, { label: first.label });
  const chosen = written && photos.find(({ label }) => label === written.label);
  if (!chosen) return;
  // After the paragraph in which the cursor is, and out of lists and quotations.
  const { $to } = editor.state.selection;
  const at = $to.depth ? $to.after(1) : $to.pos;
  editor.chain().focus().command(({ tr, state }) => {
    tr.insert(at, state.schema.nodes.photoPlace.create({ photo: chosen.number }));
    // A photo stands in one place: the old one is given up.
    tr.doc.descendants((node, position) => {
      const isOld = node.type.name === "photoPlace" && String(node.attrs.photo) === chosen.number && position !== at;
      if (isOld) tr.delete(tr.mapping.slice(1).map(position), tr.mapping.slice(1).map(position + 1));
    });
    return true;
  }).run();
}

export const PhotoPlace = Node.create({
  name: "photoPlace",
  group: "block",
  atom: true,
  draggable: true,

  addAttributes() {
    return { photo: { default: null, parseHTML: (element) => element.dataset.photo, renderHTML: ({ photo }) => ({ "data-photo": photo }) } };
  },

  parseHTML() {
    return [{ tag: "hr[data-photo]" }];
  },

  renderHTML({ HTMLAttributes }) {
    return ["hr", HTMLAttributes];
  },

  addNodeView() {
    return ({ node }) => {
      const dom = document.createElement("div");
      dom.className = "photo-place";
      dom.contentEditable = "false";
      const words = document.createElement("span");
      dom.append(words);
      const name = () => {
        const found = photosOfForm().find(({ number }) => number === String(node.attrs.photo));
        words.textContent = found ? found.label : `写真${node.attrs.photo}（この記事の写真にありません。読者には出ません）`;
        dom.classList.toggle("is-missing", !found);
      };
      name();
      document.addEventListener("desk:changed", name);
      return { dom, destroy: () => document.removeEventListener("desk:changed", name) };
    };
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "photoPlace",
      groups: "insert",
      priority: 20,
      button: buttons.text("写真", "この記事の写真をここに入れる"),
      command: place,
    });
  },
});
