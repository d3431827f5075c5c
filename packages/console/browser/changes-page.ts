import type { ChangeStatus } from '@swipegate/contract';
import { changesTable } from './change-table.js';
import { element, newId } from './element.js';
import type { Page } from './page-context.js';
import { type ListPage, PagedList } from './paged-list.js';
import { rememberQuery } from './router.js';

/** The latest changes of the tenant or of one card. */
export const changesPage: Page = async (context) => {
  const card = element('input', {
    type: 'search',
    id: newId(),
    maxlength: '64',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  card.value = context.query.get('cardId') ?? '';
  const list = new PagedList<ChangeStatus>({
    context,
    table: changesTable('Changes, newest first', { withLinks: true }),
    noun: 'changes',
    load: (cursor, signal) => {
      const query = { cardId: card.value.trim() || undefined, limit: 50, cursor };
      return context.api.get<ListPage<ChangeStatus>>('/v1/changes', { query, signal });
    },
  });
  const filter = (event: Event) => {
    event.preventDefault();
    rememberQuery({ cardId: card.value.trim() });
    void list.reload();
  };
  await list.begin();
  return {
    title: 'Changes',
    content: [
      element(
        'form',
        { class: 'bar', onsubmit: filter },
        element('div', {}, element('label', { for: card.id }, 'Filter by card id'), card),
        element('button', {}, 'Show'),
      ),
      list.element,
    ],
  };
};
