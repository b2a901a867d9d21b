// Builds the dashboard into dist/: one page, one script, one style sheet, one icon. Nothing of it is fetched
// from elsewhere and nothing is inline, so that a strict Content-Security-Policy holds.
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const root = new URL('.', import.meta.url);
const dist = new URL('dist/', root);
const fromRoot = (path) => new URL(path, root).pathname;

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
for (const file of ['index.html', 'icon.svg']) {
    await copyFile(fromRoot(`src/${file}`), new URL(file, dist));
}

const options = {
    entryPoints: { tilth: fromRoot('src/main.ts') },
    outdir: dist.pathname,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: !watch,
    legalComments: 'none',
    logLevel: 'warning',
};

if (watch) {
    await (await context(options)).watch();
} else {
    await build(options);
    await writeLicences();
    await reportSizes();
}

// The licence of what is bundled goes with it.
async function writeLicences() {
    const licence = await readFile(fromRoot('node_modules/uplot/LICENSE'), 'utf8');
    await writeFile(new URL('licences.txt', dist), `uPlot\n\n${licence}`);
}

async function reportSizes() {
    let total = 0;
    for (const file of ['index.html', 'tilth.js', 'tilth.css', 'icon.svg']) {
        const bytes = await readFile(new URL(file, dist));
        const packed = gzipSync(bytes, { level: 9 }).length;
        total += packed;
        console.log(`${file.padEnd(12)} ${(bytes.length / 1024).toFixed(1).padStart(7)} KB ${(packed / 1024).toFixed(1).padStart(7)} KB gzip`);
    }
    const limit = 120 * 1024;
    console.log(`${'together'.padEnd(24)} ${(total / 1024).toFixed(1).padStart(7)} KB gzip, limit ${limit / 1024} KB`);
    if (total > limit) process.exit(1);
}
