// Marks in the text of the editor what 表記チェック found, and finds, selects and mends the places.
// A place is a paragraph and characters in it, as articles/proofreading/passages.py counts them:
// empty paragraphs do not count, a ruby counts as its base, a line break as one character.
import { Extension, pm, Plugin } from "django-prose-editor/editor";

const KEY = new pm.state.PluginKey("findings");

function charactersOf(block, start) {
  const found = [];
  block.forEach((node, offset) => {
    const from = start + offset;
    if (node.isText) {
      let at = from;
      for (const character of node.text) {
        found.push({ character, from: at, to: at + character.length, isWhole: true });
        at += character.length;
      }
    } else if (node.type.name === "ruby") {
      for (const character of node.attrs.base) found.push({ character, from, to: from + 1, isWhole: false });
    } else if (node.type.name === "hardBreak") {
      found.push({ character: "\n", from, to: from + 1, isWhole: true });
    }
  });
  return found;
}

// Where a finding stands now, or null when the text there is another by now.
function placeOf(doc, { paragraph, start, end, words }) {
  let number = 0;
  let place = null;
  doc.descendants((node, position) => {
    if (!node.isTextblock || number >= paragraph) return number < paragraph;
    const characters = charactersOf(node, position + 1);
    if (!characters.some(({ character }) => character.trim())) return false;
    number += 1;
    if (number < paragraph) return false;
    const chosen = characters.slice(start, end);
    if (chosen.map(({ character }) => character).join("") !== words) return false;
    // The base of a ruby is mended in its own dialog, together with its reading.
    place = { from: chosen[0].from, to: chosen.at(-1).to, isWhole: chosen.every(({ isWhole }) => isWhole) };
    return false;
  });
  return place;
}

export const Findings = Extension.create({
  name: "findings",

  addCommands() {
    return {
      showFindings:
        (findings) =>
        ({ tr, dispatch }) => {
          const marks = findings.flatMap((finding) => {
            const place = placeOf(tr.doc, finding);
            const name = `finding is-${finding.level}`;
            return place ? [pm.view.Decoration.inline(place.from, place.to, { class: name, title: finding.message })] : [];
          });
          if (dispatch) tr.setMeta(KEY, pm.view.DecorationSet.create(tr.doc, marks)).setMeta("addToHistory", false);
          return true;
        },
      selectFinding:
        (finding) =>
        ({ commands, state }) => {
          const place = placeOf(state.doc, finding);
          return Boolean(place) && commands.setTextSelection(place) && commands.scrollIntoView();
        },
      mendFinding:
        (finding) =>
        ({ tr, dispatch }) => {
          const place = placeOf(tr.doc, finding);
          if (!place || !place.isWhole) return false;
          if (dispatch) {
            // A step of its own: undoing takes back the mending and not the sentence before it.
            pm.history.closeHistory(tr);
            if (finding.replacement) tr.insertText(finding.replacement, place.from, place.to);
            else tr.delete(place.from, place.to);
            tr.scrollIntoView();
          }
          return true;
        },
    };
  },

  addProseMirrorPlugins() {
    return [
      new Plugin({
        key: KEY,
        state: {
          init: () => pm.view.DecorationSet.empty,
          apply: (tr, marks) => tr.getMeta(KEY) || marks.map(tr.mapping, tr.doc),
        },
        props: {
          decorations: (state) => KEY.getState(state),
        },
      }),
    ];
  },
});
