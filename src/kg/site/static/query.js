// The editor of the query page. Without it the page is a form with a text area, and does the same.
"use strict";

(() => {
  const area = document.getElementById("query");
  const form = area && area.closest("form");
  if (!form) return;

  if (typeof Yasqe === "undefined") return;

  // What may stand before the cursor as the beginning of a name or of a label, in any script.
  const WORD = /[^\s{}()[\];,"'<>|^*+!?$@#=&/\\]+$/u;
  const SHOWN = 60;
  const folded = (text) => (text || "").normalize("NFC").toLowerCase();
  let loaded = null;
  const load = () => {
    loaded = loaded || fetch(area.dataset.terms, { credentials: "same-origin" })
      .then((response) => response.json())
      .catch(() => ({ prefixes: {}, terms: [] }));
    return loaded;
  };

  const wordBefore = (editor) => {
    const cursor = editor.getDoc().getCursor();
    const line = editor.getDoc().getLine(cursor.line).slice(0, cursor.ch);
    const match = WORD.exec(line);
    return match ? { text: match[0], start: match.index, cursor, line } : null;
  };

  const isInCodeOfNames = (editor, word) => {
    const kind = editor.getTokenTypeAt(word.cursor) || "";
    if (/comment|string/.test(kind)) return false;
    return !/[?$@]$/.test(word.line.slice(0, word.start)) && word.text.length > 1;
  };

  // Best first: the beginning of the local name or of a label, then anywhere in either.
  const rank = (term, sought) => {
    const name = folded(term.name);
    const local = name.slice(name.indexOf(":") + 1);
    const labels = [folded(term.th), folded(term.en)];
    if (name.startsWith(sought) || local.startsWith(sought)) return 0;
    if (labels.some((label) => label.startsWith(sought))) return 1;
    if (labels.some((label) => label.includes(sought))) return 2;
    return local.includes(sought.slice(sought.indexOf(":") + 1)) && name.startsWith(sought.split(":")[0]) ? 3 : -1;
  };

  const draw = (element, _data, hint) => {
    const name = document.createElement("span");
    name.className = "hint-name";
    name.textContent = hint.text;
    element.append(name);
    for (const language of ["th", "en"]) {
      if (!hint.term[language]) continue;
      const label = document.createElement("span");
      label.className = "hint-label";
      label.lang = language;
      label.textContent = hint.term[language];
      element.append(label);
    }
  };

  const declare = (editor, name, prefixes) => {
    const prefix = name.slice(0, name.indexOf(":"));
    const declared = new RegExp(`^\\s*PREFIX\\s+${prefix.replace(/[^\w]/g, "\\$&")}:`, "im");
    if (prefixes[prefix] && !declared.test(editor.getValue())) {
      editor.getDoc().replaceRange(`PREFIX ${prefix}: <${prefixes[prefix]}>\n`, { line: 0, ch: 0 });
    }
  };

  let known = { prefixes: {}, terms: [] };
  const byName = new Map();
  Yasqe.registerAutocompleter({
    name: "terms",
    bulk: false,
    autoShow: true,
    isValidCompletionPosition: (editor) => {
      const word = wordBefore(editor);
      return Boolean(word) && isInCodeOfNames(editor, word);
    },
    preProcessToken: (editor, token) => {
      const word = wordBefore(editor);
      if (!word) return token;
      return {
        ...token,
        autocompletionString: word.text,
        from: { line: word.cursor.line, ch: word.start },
        to: { line: word.cursor.line, ch: word.cursor.ch },
      };
    },
    get: (_editor, token) => load().then((found) => {
      known = found;
      const sought = folded(token && token.autocompletionString);
      if (!sought) return [];
      return found.terms
        .map((term) => ({ term, place: rank(term, sought) }))
        .filter((entry) => entry.place >= 0)
        .sort((one, two) => one.place - two.place || (one.term.name < two.term.name ? -1 : 1))
        .slice(0, SHOWN)
        .map((entry) => {
          byName.set(entry.term.name, entry.term);
          return entry.term.name;
        });
    }),
    postprocessHints: (_editor, hints) => hints.map((hint) => ({
      ...hint,
      term: byName.get(hint.text) || {},
      render: draw,
      hint: (editor, _data, chosen) => {
        editor.getDoc().replaceRange(chosen.text, chosen.from, chosen.to);
        declare(editor, chosen.text, known.prefixes);
      },
    })),
  }, false);
  Yasqe.defaults.autocompleters = ["variables", "terms"];

  const holder = document.createElement("div");
  area.after(holder);
  const submit = () => form.requestSubmit();
  const editor = new Yasqe(holder, {
    value: area.value,
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    createShortLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
    syntaxErrorCheck: false, // the server says what is wrong, with place and remedy
    viewportMargin: Infinity,
    requestConfig: { endpoint: area.dataset.endpoint },
    extraKeys: {
      Tab: false, // leaves the editor, as everywhere on a page
      "Shift-Tab": false,
      "Ctrl-Enter": submit,
      "Cmd-Enter": submit,
      "Ctrl-S": false,
    },
  });
  const label = form.querySelector(`label[for="${area.id}"]`);
  editor.getInputField().setAttribute("aria-label", label.textContent);
  label.addEventListener("click", (event) => {
    event.preventDefault();
    editor.focus();
  });
  area.required = false;
  area.hidden = true;
  form.addEventListener("submit", () => { area.value = editor.getValue(); });
  editor.on("focus", load);
})();
