import { withoutDirection } from '@swipegate/contract/values/plain-text';

type Value = string | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | undefined | readonly Child[];

const SHOWN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/**
 * Creates an element with attributes, listeners (`onclick` …) and children. Strings become text nodes, never HTML. They
 * lose controls of the writing direction, with which a name could reorder the page around it. An attribute that is true
 * is set without a value; one that is false or undefined is left out.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...nodes(children));
  return made;
}

export function fill(where: HTMLElement, ...children: Child[]): void {
  where.replaceChildren(...nodes(children));
}

/** Returns an element of page.ts by its id. */
export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element #${id}`);
  return found;
}

/** Sets a text if it has changed. Setting the same text would make a screen reader repeat it. */
export function say(where: HTMLElement, text: string): void {
  const shown = withoutDirection(text);
  if (where.textContent !== shown) where.textContent = shown;
}

export function button(label: string, onclick: (event: Event) => void, attributes: Record<string, Value> = {}) {
  return element('button', { type: 'button', ...attributes, onclick }, label);
}

export function link(label: Child, href: string, attributes: Record<string, Value> = {}) {
  return element('a', { href, ...attributes }, label);
}

export function buttonRow(...children: Child[]): HTMLElement {
  return element('p', { class: 'buttons' }, ...children);
}

/** Text that wraps within its table cell. */
export function wrapped(text: string): HTMLElement {
  return element('span', { class: 'wrap' }, text);
}

/** A word in a coloured box. The colour repeats the meaning of the word. */
export function badge(text: string, tone: 'good' | 'warn' | 'bad' | 'none') {
  return element('span', { class: `badge ${tone}` }, text);
}

let last = 0;
/** Returns a unique element id. */
export function newId(): string {
  last += 1;
  return `e${last}`;
}

/** Shows a time in the browser's locale, with the exact time as tooltip. @param time RFC 3339 */
export function timeElement(time: string | undefined): HTMLElement | string {
  return time === undefined ? '' : element('time', { datetime: time, title: time }, timeText(time));
}

export function timeText(time: string): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : SHOWN.format(ms);
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (child === undefined) return [];
    if (typeof child === 'string') return [withoutDirection(child)];
    return child instanceof Node ? [child] : nodes(child);
  });
}
