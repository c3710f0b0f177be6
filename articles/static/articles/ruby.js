// Readings above words (ルビ) in the text editor. Without this a <ruby> of an imported text
// would be flattened at its next save.
import { InputRule, Node, PasteRule, updateAttrsDialog } from "django-prose-editor/editor";

// As newsrooms type it: ｜金正恩《キムジョンウン》.
const TYPED = /[｜|]([^｜|《》\n]{1,40})《([^｜|《》\n]{1,60})》/;

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

  // Not while the input method composes: the editor asks again when the composition has ended.
  addInputRules() {
    return [new InputRule({ find: new RegExp(`${TYPED.source}$`), handler: (rule) => this.options.write(this.type, rule) })];
  },

  addPasteRules() {
    return [new PasteRule({ find: new RegExp(TYPED.source, "g"), handler: (rule) => this.options.write(this.type, rule) })];
  },

  addOptions() {
    return {
      write(type, { state, range, match }) {
        state.tr.replaceWith(range.from, range.to, type.create({ base: match[1], reading: match[2] }));
      },
    };
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
