type Value = string | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | undefined | readonly Child[];

/**
 * An element with attributes, listeners (`onclick` …) and children. Texts stay texts, whatever is in them; an attribute that is
 * true has no value, one that is false or undefined is left out.
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

/** Replaces what is in an element. */
export function fill(where: HTMLElement, ...children: Child[]): void {
  where.replaceChildren(...nodes(children));
}

/** An element that the page came with. */
export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

/** Sets a text only where it is another, for a screen reader would say it again. */
export function say(where: HTMLElement, text: string): void {
  if (where.textContent !== text) where.textContent = text;
}

export function button(label: string, onclick: (event: Event) => void, attributes: Record<string, Value> = {}) {
  return element('button', { type: 'button', ...attributes, onclick }, label);
}

export function link(label: Child, href: string, attributes: Record<string, Value> = {}) {
  return element('a', { href, ...attributes }, label);
}

/** A word in a coloured box: the word says it, the colour helps. */
export function badge(text: string, tone: 'good' | 'warn' | 'bad' | 'none') {
  return element('span', { class: `badge ${tone}` }, text);
}

let last = 0;
/** For what must refer to another element by an id. */
export function newId(): string {
  last += 1;
  return `e${last}`;
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (child === undefined) return [];
    return typeof child === 'string' || child instanceof Node ? [child] : nodes(child);
  });
}
