/*
 * Helper functions as people paste them in front of their own code: they make the long sources long, with code worth highlighting.
 */
#include "data/demo/demo_parts.h"

static const char *const helpers[] = {
    "const isoDay = (d: Date): string => d.toISOString().slice(0, 10);\n",
    "function chunk<T>(items: readonly T[], size: number): T[][] {\n"
    "  const out: T[][] = [];\n"
    "  for (let i = 0; i < items.length; i += size) {\n"
    "    out.push(items.slice(i, i + size));\n"
    "  }\n"
    "  return out;\n"
    "}\n",
    "async function retry<T>(work: () => Promise<T>, times = 3, waitMs = 250): Promise<T> {\n"
    "  for (let attempt = 1; ; attempt++) {\n"
    "    try {\n"
    "      return await work();\n"
    "    } catch (e) {\n"
    "      if (attempt >= times) throw e;\n"
    "      console.warn(`attempt ${attempt} of ${times} failed: ${(e as Error).message}`);\n"
    "      await new Promise((r) => setTimeout(r, waitMs * 2 ** attempt));\n"
    "    }\n"
    "  }\n"
    "}\n",
    "const sum = (ns: number[]): number => ns.reduce((a, b) => a + b, 0);\n",
    "/* FNV-1a, good enough for file names */\n"
    "function hash(text: string): string {\n"
    "  let h = 0x811c9dc5;\n"
    "  for (let i = 0; i < text.length; i++) {\n"
    "    h ^= text.charCodeAt(i);\n"
    "    h = Math.imul(h, 0x01000193);\n"
    "  }\n"
    "  return (h >>> 0).toString(16).padStart(8, '0');\n"
    "}\n",
    "const money = (n: number, currency = 'EUR') =>\n"
    "  new Intl.NumberFormat('de-DE', { style: 'currency', currency }).format(n);\n",
    "const unique = <T,>(items: Iterable<T>): T[] => [...new Set(items)];\n",
    "function groupBy<T, K extends string>(items: T[], key: (item: T) => K): Record<K, T[]> {\n"
    "  const groups = {} as Record<K, T[]>;\n"
    "  for (const item of items) {\n"
    "    (groups[key(item)] ?\?= []).push(item);\n"
    "  }\n"
    "  return groups;\n"
    "}\n",
    "class RateLimiter {\n"
    "  #tokens: number;\n"
    "  #last = Date.now();\n"
    "  constructor(private readonly perSecond: number) {\n"
    "    this.#tokens = perSecond;\n"
    "  }\n"
    "  async take(): Promise<void> {\n"
    "    const now = Date.now();\n"
    "    this.#tokens = Math.min(this.perSecond, this.#tokens + ((now - this.#last) / 1000) * "
    "this.perSecond);\n"
    "    this.#last = now;\n"
    "    if (this.#tokens >= 1) {\n"
    "      this.#tokens -= 1;\n"
    "      return;\n"
    "    }\n"
    "    await new Promise((r) => setTimeout(r, 1000 / this.perSecond));\n"
    "    return this.take();\n"
    "  }\n"
    "}\n",
    "// RFC 4180, including quotes inside of quotes and CRLF\n"
    "function parseCsv(text: string): string[][] {\n"
    "  const rows: string[][] = [];\n"
    "  let row: string[] = [], cell = '', quoted = false;\n"
    "  for (let i = 0; i < text.length; i++) {\n"
    "    const c = text[i];\n"
    "    if (quoted) {\n"
    "      if (c === '\"' && text[i + 1] === '\"') { cell += '\"'; i++; }\n"
    "      else if (c === '\"') quoted = false;\n"
    "      else cell += c;\n"
    "    } else if (c === '\"') quoted = true;\n"
    "    else if (c === ',') { row.push(cell); cell = ''; }\n"
    "    else if (c === '\\n') { row.push(cell.replace(/\\r$/, '')); rows.push(row); row = []; cell = ''; }\n"
    "    else cell += c;\n"
    "  }\n"
    "  if (cell !== '' || row.length > 0) { row.push(cell); rows.push(row); }\n"
    "  return rows;\n"
    "}\n",
    "async function* pages<T>(fetchPage: (cursor?: string) => Promise<{ data: T[]; next?: string }>) {\n"
    "  let cursor: string | undefined;\n"
    "  do {\n"
    "    const page = await fetchPage(cursor);\n"
    "    yield* page.data;\n"
    "    cursor = page.next;\n"
    "  } while (cursor);\n"
    "}\n",
    "const emoji: Record<string, string> = {\n"
    "  ok: '✅', warn: '⚠️', fail: '❌', wait: '⏳', party: '🎉',\n"
    "};\n",
    "type Level = 'debug' | 'info' | 'warn' | 'error';\n"
    "function report(level: Level, message: string, extra: Record<string, unknown> = {}): void {\n"
    "  const line = `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${message}`;\n"
    "  // eslint-disable-next-line no-console\n"
    "  console[level](line, JSON.stringify(extra));\n"
    "}\n",
    "function deepEqual(a: unknown, b: unknown): boolean {\n"
    "  if (Object.is(a, b)) return true;\n"
    "  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;\n"
    "  const ka = Object.keys(a), kb = Object.keys(b);\n"
    "  return ka.length === kb.length && ka.every((k) => deepEqual((a as any)[k], (b as any)[k]));\n"
    "}\n",
    "/**\n"
    " * Wartet, bis eine Bedingung gilt — höchstens `maxMs` Millisekunden.\n"
    " * @throws wenn die Zeit abgelaufen ist\n"
    " */\n"
    "async function waitUntil(holds: () => Promise<boolean>, maxMs = 30_000, everyMs = 500): Promise<void> "
    "{\n"
    "  const end = Date.now() + maxMs;\n"
    "  while (!(await holds())) {\n"
    "    if (Date.now() > end) throw new Error(`Zeit abgelaufen nach ${maxMs} ms`);\n"
    "    await new Promise((r) => setTimeout(r, everyMs));\n"
    "  }\n"
    "}\n",
    "const table = (rows: string[][]): string => {\n"
    "  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));\n"
    "  return rows\n"
    "    .map((r) => r.map((c, i) => c.padEnd(widths[i])).join(' │ '))\n"
    "    .join('\\n');\n"
    "};\n",
    "// Ein kleiner Zwischenspeicher: hält die letzten `limit` Einträge, wirft den ältesten hinaus.\n"
    "class Cache<K, V> {\n"
    "  readonly #entries = new Map<K, V>();\n"
    "  constructor(private readonly limit = 100) {}\n"
    "  get(key: K): V | undefined {\n"
    "    const hit = this.#entries.get(key);\n"
    "    if (hit !== undefined) {\n"
    "      this.#entries.delete(key);\n"
    "      this.#entries.set(key, hit);\n"
    "    }\n"
    "    return hit;\n"
    "  }\n"
    "  set(key: K, value: V): void {\n"
    "    this.#entries.set(key, value);\n"
    "    if (this.#entries.size > this.limit) this.#entries.delete(this.#entries.keys().next().value!);\n"
    "  }\n"
    "}\n",
    "function ago(then: Date, now = new Date()): string {\n"
    "  const s = Math.round((now.getTime() - then.getTime()) / 1000);\n"
    "  const units: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];\n"
    "  for (const [size, name] of units) {\n"
    "    if (s >= size) return `${Math.floor(s / size)}${name} ago`;\n"
    "  }\n"
    "  return 'now';\n"
    "}\n",
    "const escapeHtml = (text: string): string =>\n"
    "  text.replace(/[&<>\"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\"': '&quot;', \"'\": "
    "'&#39;' })[c]!);\n",
    "async function inParallel<T, R>(items: T[], atOnce: number, work: (item: T) => Promise<R>): "
    "Promise<R[]> {\n"
    "  const results = new Array<R>(items.length);\n"
    "  let next = 0;\n"
    "  const worker = async () => {\n"
    "    while (next < items.length) {\n"
    "      const at = next++;\n"
    "      results[at] = await work(items[at]);\n"
    "    }\n"
    "  };\n"
    "  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));\n"
    "  return results;\n"
    "}\n",
};

enum { HELPER_COUNT = sizeof helpers / sizeof helpers[0] };

/* In their order, so that what a body uses (isoDay, chunk, retry, sum, hash, money, unique) is among the first. */
void demo_helpers(struct rand *rng, int count, struct buf *out)
{
    if (count <= 2) {
        for (int i = 0; i < count; i++)
            buf_printf(out, "%s\n", helpers[rand_below(rng, HELPER_COUNT)]);
        return;
    }
    for (int i = 0; i < count && i < HELPER_COUNT; i++)
        buf_printf(out, "%s\n", helpers[i]);
}

void demo_long_line(struct buf *out)
{
    buf_str(out, "(()=>{var r=[],t=tools;");
    for (int i = 0; i < 420; i++)
        buf_printf(out, "function f%d(e,n){return e&&e.k%d?n+%d:f%d(n,\"%x\")};", i, i, i * 7, (i * 31) % 420,
                   i * 2654435);
    buf_str(out, "return r})();return \"minified\"");
}
