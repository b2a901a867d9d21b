// Bundles each test of test/ and runs it with Node's own test runner. With TILTH_REPORTS set, leaves JUnit XML there.
import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('.', import.meta.url).pathname;
const out = `${root}node_modules/.tests`;
const tests = (await readdir(`${root}test`)).filter((name) => name.endsWith('.test.ts'));

await rm(out, { recursive: true, force: true });
await build({
    entryPoints: tests.map((name) => `${root}test/${name}`),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    sourcemap: 'inline',
    logLevel: 'warning',
});

const reports = process.env.TILTH_REPORTS;
const reporters = reports
    ? ['--test-reporter=spec', '--test-reporter-destination=stdout',
       '--test-reporter=junit', `--test-reporter-destination=${reports}/web.xml`]
    : [];
const files = tests.map((name) => `${out}/${name.replace(/\.ts$/, '.mjs')}`);
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...reporters, ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
