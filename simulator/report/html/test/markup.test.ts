import { escaped, html, jsonForScript, shortName } from '@swipegate/page/markup';
import t from 'tap';

t.test('inserted values are escaped, unless they are Markup', async (t) => {
  t.equal(
    html`<b title="${'"x" & \'y\''}">${'<i>'}</b>`.text,
    '<b title="&quot;x&quot; &amp; &#39;y&#39;">&lt;i&gt;</b>',
  );
  t.equal(html`<p>${html`<b>${1}</b>`}${[html`a`, html`b`]}</p>`.text, '<p><b>1</b>ab</p>');
  t.equal(escaped('a\u0000\u202eb\nc\ud800'), 'a\ufffd\ufffdb\nc\ufffd');
});

t.test('JSON cannot end its script element', async (t) => {
  const value = { name: '</script><!--<script>' };
  const { text } = jsonForScript(value);
  t.notMatch(text, '<');
  t.strictSame(JSON.parse(text), value);
});

t.test('a long name is cut between characters', async (t) => {
  t.equal(shortName('x'.repeat(80)), 'x'.repeat(80));
  t.equal(shortName('x'.repeat(81)), `${'x'.repeat(79)}…`);
  t.equal(Array.from(shortName('😀'.repeat(100))).length, 80);
  t.equal(shortName('😀'.repeat(100)).at(-1), '…');
});
