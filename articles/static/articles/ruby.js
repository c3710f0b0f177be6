// Readings above words (ルビ) in the text editor. Without this a <ruby> of an imported text
// would be flattened at its next save.
import { Node, updateAttrsDialog } from "django-prose-editor/editor";

const FIELDS = {
  base: { type: "string", title: "文字", required: true },
  reading: { type: "string", title: "読み（空にするとルビを外します）" },
};

async function edit(editor) {
  const { from, to, node } = editor.state.selection;
  const chosen = node && node.type.name === "ruby" ? node.attrs : { base: editor.state.doc.textBetween(from, to), reading: "" };
  const written = await updateAttrsDialog(FIELDS, { title: "ルビ" })(editor, chosen);
  if (!written) return;
  const content = written.reading ? { type: "ruby", attrs: written } : { type: "text", text: written.base };
  editor.chain().focus().insertContentAt({ from, to }, content).run();
}

export const Ruby = Node.create({
  name: "ruby",
  group: "inline",
  inline: true,
  atom: true,

  addAttributes() {
    return { base: { default: "", rendered: false }, reading: { default: "", rendered: false } };
  },

  parseHTML() {
    return [
      {
        tag: "ruby",
        getAttrs(element) {
          const words = element.cloneNode(true);
          const readings = [...words.querySelectorAll("rt")].map((part) => part.textContent);
          for (const part of words.querySelectorAll("rt, rp")) part.remove();
          return { base: words.textContent, reading: readings.join("") };
        },
      },
    ];
  },

  renderHTML({ node }) {
    return ["ruby", node.attrs.base, ["rt", node.attrs.reading]];
  },

  renderText({ node }) {
    return node.attrs.base;
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "ruby",
      groups: "marks",
      priority: 50,
      button: buttons.text("ルビ", "ルビ"),
      active: (editor) => editor.isActive("ruby"),
      command: edit,
    });
  },
});
