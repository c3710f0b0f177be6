// A foreign name says its language (<i lang="ko">): screen readers then say it in that one.
import { Mark, updateAttrsDialog } from "django-prose-editor/editor";

const FIELDS = {
  lang: {
    type: "string",
    title: "言語（英語は en、韓国語は ko、中国語は zh、フランス語は fr。空にすると外します）",
  },
};

async function edit(editor) {
  const written = await updateAttrsDialog(FIELDS, { title: "外国語の名前" })(
    editor,
    editor.getAttributes("foreign"),
  );
  if (!written) return;
  const chain = editor.chain().focus().extendMarkRange("foreign");
  (written.lang ? chain.setMark("foreign", { lang: written.lang.trim() }) : chain.unsetMark("foreign")).run();
}

export const Foreign = Mark.create({
  name: "foreign",
  // Before the italics, which would take every <i> for theirs.
  priority: 1001,

  addAttributes() {
    return { lang: { default: null } };
  },

  parseHTML() {
    return [{ tag: "i[lang]", priority: 60 }];
  },

  renderHTML({ HTMLAttributes }) {
    return ["i", HTMLAttributes, 0];
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "foreign",
      groups: "marks",
      priority: 40,
      button: buttons.text("外国語", "外国語の名前"),
      active: (editor) => editor.isActive("foreign"),
      command: edit,
    });
  },
});
