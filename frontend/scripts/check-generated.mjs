// Fails when src/api/schema.d.ts is not what api/openapi.json generates.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const committed = 'src/api/schema.d.ts';
const folder = mkdtempSync(join(tmpdir(), 'schema-'));
try {
  const fresh = join(folder, 'schema.d.ts');
  execFileSync('npx', ['--no-install', 'openapi-typescript', '../api/openapi.json', '-o', fresh], {
    stdio: 'pipe',
  });
  execFileSync('npx', ['--no-install', 'prettier', '--config', '.prettierrc.json', '--write', fresh], {
    stdio: 'pipe',
  });
  if (readFileSync(fresh, 'utf8') !== readFileSync(committed, 'utf8')) {
    console.error(`${committed} differs from api/openapi.json: run \`npm run generate\` in frontend/`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
