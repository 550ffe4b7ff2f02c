import { yaml } from '@codemirror/lang-yaml';
import { syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { classHighlighter } from '@lezer/highlight';
import { basicSetup, EditorView } from 'codemirror';
import { useEffect, useRef } from 'react';
import type { Problem } from './check.ts';
import styles from './YamlEditor.module.css';

interface Props {
  value: string;
  problems: readonly Problem[];
  onChange(value: string): void;
  /** A line to go to; a new object goes there again. */
  jump: { readonly from: number } | null;
}

/** CodeMirror with our colours. Tab leaves it, as everywhere on the page. */
export function YamlEditor({ value, problems, onChange, jump }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const initial = useRef(value);
  const changed = useRef(onChange);
  changed.current = onChange;

  useEffect(() => {
    if (!host.current) return;
    const view = new EditorView({
      parent: host.current,
      doc: initial.current,
      extensions: [
        basicSetup,
        yaml(),
        lintGutter(),
        syntaxHighlighting(classHighlighter),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'Config, as YAML', spellcheck: 'false' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed.current(update.state.doc.toString());
        }),
      ],
    });
    editor.current = view;
    return () => {
      editor.current = null;
      view.destroy();
    };
  }, []);

  // A text that came from elsewhere replaces the document, as one step that can be undone.
  useEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const view = editor.current;
    if (!view) return;
    const length = view.state.doc.length;
    view.dispatch(
      setDiagnostics(
        view.state,
        problems.map(({ from, to, message }) => ({
          from: Math.min(from, length),
          to: Math.min(to, length),
          severity: 'error' as const,
          message,
        })),
      ),
    );
  }, [problems]);

  useEffect(() => {
    const view = editor.current;
    if (!view || !jump) return;
    view.dispatch({ selection: { anchor: Math.min(jump.from, view.state.doc.length) }, scrollIntoView: true });
    view.focus();
  }, [jump]);

  return <div ref={host} className={styles.editor} />;
}
