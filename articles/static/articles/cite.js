// The source of a quotation: <cite>, inside the quotation or after it.
import { Mark } from "django-prose-editor/editor";

export const Cite = Mark.create({
  name: "cite",

  parseHTML() {
    return [{ tag: "cite" }];
  },

  renderHTML() {
    return ["cite", 0];
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "cite",
      groups: "marks",
      priority: 30,
      button: buttons.text("出典", "引用の出典"),
      active: (editor) => editor.isActive("cite"),
      command: (editor) => editor.chain().focus().toggleMark("cite").run(),
    });
  },
});
