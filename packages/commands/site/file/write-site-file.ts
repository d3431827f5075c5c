import { Document, isMap, isScalar, visit } from 'yaml';
import type { SiteEntries } from './entries.js';
import { fileOf } from './file-of-entries.js';

/** Longest list that stands on one line. */
const MOST_CHARACTERS = 80;

/**
 * The text of a site file: the same site gives the same text. Pure.
 * @param schema path or URL of the JSON Schema, for editors
 * @throws {SiteBrokenError}
 */
export function siteFileText(site: SiteEntries, schema: string): string {
  const document = new Document(fileOf(site));
  document.commentBefore = ` yaml-language-server: $schema=${schema}`;
  visit(document, {
    Seq(_, seq) {
      if (!seq.items.every((item) => isScalar(item))) return;
      const length = seq.items.reduce((sum, item) => sum + String(isScalar(item) ? item.value : '').length + 2, 0);
      if (length <= MOST_CHARACTERS) seq.flow = true;
    },
    Map(_, map) {
      // The settings of a rule or a reader fit on a line; entries do not.
      const isSmall = map.items.every(
        ({ key, value }) => isScalar(key) && isScalar(value) && SMALL.has(String(key.value)),
      );
      if (isSmall) map.flow = true;
    },
  });
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const SMALL = new Set(['mode', 'minutes', 'forgiveAt', 'withinSeconds', 'direction', 'cardFormat', 'muster']);
