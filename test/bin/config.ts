import t from 'tap'
import { ConfigError, type Defaults, readConfig } from '../../src/bin/config.ts'

const identityOf = (environment: 'dev' | 'prod', port: number | null = 4_270) => ({
  ...{ file: '.infra.yaml', name: 'press', environment, port, faults: [] },
})
const defaults = { identityOf, home: '/srv/infra', cwd: '/srv/here', platform: 'linux' }
const digest = 'a'.repeat(64)

function faultsOf(env: Readonly<Record<string, string>>, given: Defaults): readonly string[] {
  try {
    readConfig(env, given)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

t.test('an empty environment gives the defaults', async t => {
  t.match(readConfig({}, defaults), {
    host: '127.0.0.1',
    port: 4_270,
    source: { kind: 'pin', home: '/srv/infra', stateDir: null },
    reverifyMs: 60_000,
    pollMs: 500,
    drainMs: 500,
    threads: 1,
    logLevel: 'info',
    identity: { environment: 'prod' },
  })
})

t.test('the environment chooses the manifest, and the manifest the port', async t => {
  const of = (environment: 'dev' | 'prod') => identityOf(environment, environment === 'dev' ? 4_271 : 4_270)
  const given = { ...defaults, identityOf: of }
  t.match(readConfig({ INFRA_ENVIRONMENT: 'dev' }, given), { port: 4_271, identity: { environment: 'dev' } })
  t.match(readConfig({ INFRA_ENVIRONMENT: 'prod' }, given), { port: 4_270 })
  t.strictSame(faultsOf({ INFRA_ENVIRONMENT: 'test' }, given), [
    'INFRA_ENVIRONMENT: is "test" (want one of dev, prod)',
  ])
})

t.test('a port that neither the environment nor the manifest says is not guessed', async t => {
  const lost = (faults: readonly string[]) => ({
    ...defaults,
    identityOf: () => ({ ...identityOf('prod', null), faults }),
  })
  const missing = lost(['.infra.yaml: cannot be read (ENOENT)'])
  t.strictSame(faultsOf({}, missing), [
    'PORT: is not set, and .infra.yaml declares no port (.infra.yaml: cannot be read (ENOENT))',
  ])
  t.match(faultsOf({}, lost([])), [/no service\.port/])
  t.equal(readConfig({ PORT: '4272' }, missing).port, 4_272)
  t.match(faultsOf({ PORT: 'x' }, missing), [/^PORT: is "x"/], 'one fault, not two')
  t.equal(faultsOf({ PORT: 'x' }, missing).length, 1)
})

t.test('what is given is taken, and relative paths are relative to the working directory', async t => {
  const env = {
    HOST: '::1',
    PORT: '0',
    INFRA_REGISTRY_FILE: 'a/b.json',
    INFRA_REGISTRY_SHA256: digest,
    INFRA_POLL_MS: '60000',
    INFRA_DRAIN_MS: '0',
    INFRA_THREADS: '64',
    LOG_LEVEL: 'silent',
    UNRELATED: '',
  }
  t.match(readConfig(env, defaults), {
    host: '::1',
    port: 0,
    source: { kind: 'file', file: '/srv/here/a/b.json', sha256: digest },
    pollMs: 60_000,
    drainMs: 0,
    threads: 64,
    logLevel: 'silent',
  })
})

t.test(
  'every fault is told, each on a line that begins with the variable and quotes what it holds',
  async t => {
    const env = {
      INFRA_REGISTRY_FIEL: 'x',
      INFRA_ENVIRONMENT: 'production',
      PORT: '65536',
      INFRA_POLL_MS: '49',
      INFRA_DRAIN_MS: '4001',
      INFRA_REGISTRY_SHA256: digest.toUpperCase(),
      INFRA_REGISTRY_FILE: '',
      INFRA_REVERIFY_MS: 'often',
      INFRA_THREADS: '65',
      LOG_LEVEL: 'INFO',
      HOST: ' ',
    }
    try {
      readConfig(env, defaults)
      t.fail('not refused')
    } catch (error) {
      t.ok(error instanceof ConfigError)
      const { code, faults } = error as ConfigError
      t.equal(code, 'CONFIG_INVALID')
      t.strictSame(new Set(faults.map(fault => fault.split(':', 1)[0])), new Set(Object.keys(env)))
      t.ok(faults.every(fault => !/[\n\0]/.test(fault)))
    }
  },
)

t.test('a home is served by its pin, with a folder to remember it in', async t => {
  const env = { INFRA_HOME: 'elsewhere', INFRA_STATE_DIR: '/srv/state' }
  const source = { kind: 'pin', home: '/srv/here/elsewhere', stateDir: '/srv/state' }
  t.strictSame(readConfig(env, defaults).source, source)
})

t.test('what belongs to the other source is refused, not ignored', async t => {
  const file = { INFRA_REGISTRY_FILE: 'a.json' }
  for (const [name, env] of Object.entries({
    INFRA_HOME: { ...file, INFRA_HOME: 'infra' },
    INFRA_STATE_DIR: { ...file, INFRA_STATE_DIR: 'state' },
    INFRA_REGISTRY_SHA256: { INFRA_REGISTRY_SHA256: digest },
  })) {
    try {
      readConfig(env, defaults)
      t.fail(`${name} is not refused`)
    } catch (error) {
      t.match((error as ConfigError).faults, [new RegExp(`^${name}: `)], name)
    }
  }
})

t.test('several threads are refused where they cannot be told from several instances', async t => {
  const darwin = { ...defaults, platform: 'darwin' }
  t.strictSame(faultsOf({ INFRA_THREADS: '2' }, darwin), [
    'INFRA_THREADS: is 2, and several need Linux (want 1 on darwin)',
  ])
  t.equal(readConfig({ INFRA_THREADS: '1' }, darwin).threads, 1)
  for (const INFRA_THREADS of ['0', '-1', '65', '2.5', 'auto', ''])
    t.match(faultsOf({ INFRA_THREADS }, defaults), [/^INFRA_THREADS: is /], INFRA_THREADS)
})

t.test('numbers are decimal digits and nothing else', async t => {
  for (const PORT of ['', ' ', '1 ', '+1', '-0', '1.0', '0x1', '1e1', '١', 'Infinity', '9'.repeat(400)]) {
    t.throws(() => readConfig({ PORT }, defaults), { code: 'CONFIG_INVALID' }, JSON.stringify(PORT))
  }
})
