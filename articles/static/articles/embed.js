// A video or a post, kept as a paragraph that is one link: readers' browsers ask nobody else for
// anything until the reader follows it.
import { Extension, updateAttrsDialog } from "django-prose-editor/editor";

const FIELDS = {
  address: { type: "string", title: "YouTubeかXのアドレス", required: true },
  words: { type: "string", title: "題名（何が見られるか）", required: true },
};
const VIDEO = /^https?:\/\/(?:(?:www\.|m\.)?youtube\.com\/(?:watch\?(?:[^#]*&)?v=|shorts\/|live\/|embed\/)|youtu\.be\/)([\w-]{11})(?![\w-])/;
const POST = /^https?:\/\/(?:www\.|mobile\.)?(?:x|twitter)\.com\/(\w{1,15})\/status\/(\d{1,20})(?!\d)/;

// The one form of an address that the site knows; without what only follows readers around.
function canonical(typed) {
  const address = typed.trim();
  const video = VIDEO.exec(address);
  if (video) return `https://www.youtube.com/watch?v=${video[1]}`;
  const post = POST.exec(address);
  return post ? `https://x.com/${post[1]}/status/${post[2]}` : null;
}

async function insert(editor) {
  let written = { address: "", words: "" };
  let title = "埋め込み";
  for (;;) {
    written = await updateAttrsDialog(FIELDS, { title, submitText: "入れる" })(editor, written);
    if (!written) return;
    const address = canonical(written.address);
    if (address && written.words.trim()) {
      const link = { type: "text", text: written.words.trim(), marks: [{ type: "link", attrs: { href: address } }] };
      const { $to } = editor.state.selection;
      editor.chain().focus().insertContentAt($to.depth ? $to.after(1) : $to.pos, { type: "paragraph", content: [link] }).run();
      return;
    }
    title = "YouTubeの動画かXの投稿のアドレスと、題名を入れてください";
  }
}

export const Embed = Extension.create({
  name: "embed",

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "embed",
      groups: "insert",
      priority: 10,
      button: buttons.text("埋め込み", "YouTubeやXの埋め込みを入れる"),
      command: insert,
    });
  },
});
