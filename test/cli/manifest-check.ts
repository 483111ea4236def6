// `infra manifest check`: over files and folders, with and without the mesh file, in each format.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { infraHere, notRun } from '../fixtures/home-world.ts'
import { makeMesh } from '../fixtures/manifest-world.ts'

const top = join(import.meta.dirname, '../..')

t.test('the manifests of this project pass', async t => {
  t.strictSame(
    await infraHere(['manifest', 'check', '--strict', '.infra.yaml', '.infra.dev.yaml'], { cwd: top }),
    {
      code: 0,
      stdout: '2 manifests, nothing wrong; host_in_mesh not checked (want --hosts)\n',
      stderr: '',
    },
  )
  t.match(await infraHere(['manifest', 'check'], { cwd: top }), {
    code: 0,
    stdout: /^2 manifests, nothing wrong/,
  })
})

t.test('a whole tree passes', async t => {
  const world = makeMesh(t)
  t.match(await world.run('manifest', 'check'), {
    code: 0,
    stdout: /^32 manifests, nothing wrong; host_in_mesh/,
  })
  t.strictSame(await world.run('manifest', 'check', '--hosts', 'mesh-hosts.json'), {
    ...{ code: 0, stdout: '32 manifests, nothing wrong\n', stderr: '' },
  })
})

t.test('the whole text of what is wrong', async t => {
  const world = makeMesh(t, [])
  world.write(
    'a/.infra.yaml',
    'apiVersion: infra/v1\nproject: a\nprovider: local\nservice: {host: lmie}\ngpu: {}\n',
  )
  world.write('b/.infra.yaml', 'apiVersion: infra/v1\nproject: b\nprovider: local\npasscode: x\n')
  t.strictSame(await world.run('manifest', 'check', '--hosts', 'mesh-hosts.json'), {
    code: 1,
    stdout: `a/.infra.yaml:4:17 error RULE_HOST_IN_MESH host_in_mesh: host "lmie" is not in the mesh file; did you mean "lime"?
a/.infra.yaml:5:1 warning RULE_GPU_ONDEMAND gpu_ondemand: want mode: on-demand, got none
b/.infra.yaml:4:1 error MANIFEST_RUN_ONLY_KEY key "passcode" is no part of a manifest: run-only and access settings (passcodes, bind addresses) belong to the environment of the process
2 manifests, 2 errors, 1 warning
`,
    stderr: '',
  })
  t.match(await world.run('manifest', 'check', 'a'), {
    code: 0,
    stdout: /1 manifest, 1 warning; host_in_mesh not/,
  })
  t.match(await world.run('manifest', 'check', 'a', '--strict'), {
    code: 1,
    stdout: /5:1 error RULE_GPU_ONDEMAND/,
  })
})

t.test('formats', async t => {
  const world = makeMesh(t, [])
  world.write('a/.infra.yaml', 'apiVersion: infra/v1\nproject: a\nprovider: local\ngpu: {}\nx: 1\n')
  const json = {
    ok: false,
    manifests: 1,
    findings: [
      { file: 'a/.infra.yaml', line: 5, column: 1, severity: 'error', code: 'MANIFEST_UNKNOWN_KEY' },
    ],
    unchecked: ['host_in_mesh'],
  }
  for (const words of [['--json'], ['--format', 'json']]) {
    const { code, stdout } = await world.run('manifest', 'check', ...words)
    t.match(JSON.parse(stdout), json)
    t.equal(code, 1)
  }
  t.match(await world.run('manifest', 'check', '--format', 'github'), {
    code: 1,
    stdout:
      /^::error file=a\/\.infra\.yaml,line=5,col=1,title=MANIFEST_UNKNOWN_KEY::key "x" is not known here/,
  })
  world.write(
    'a/.infra.yaml',
    'apiVersion: infra/v1\nproject: a\nprovider: local\nservice: {}\ndepends_on: [a]\n',
  )
  t.match(await world.run('manifest', 'check', '--format', 'github', '--strict'), {
    code: 0,
    stdout: /^::notice file=a\/\.infra\.yaml,line=5,col=1,title=RULE_DEPENDENCY_CYCLE::/,
  })
})

t.test('one project is checked against the rest of the mesh', async t => {
  const world = makeMesh(t)
  await world.mesh('apply')
  const check = () => world.run('manifest', 'check', 'apps/project-7', '--hosts', 'mesh-hosts.json')
  t.match(await check(), { code: 0 }, 'what it depends on is in the services map')
  const manifest = 'apiVersion: infra/v1\nproject: project-7\nprovider: local\n'
  world.write(
    'apps/project-7/.infra.yaml',
    `${manifest}service: {host: lime, port: 8003}\ndepends_on: [nobody]\n`,
  )
  t.match(await check(), {
    code: 1,
    stdout: /4:29 error RULE_PORT_TAKEN .*"project-3".*\n.*5:14 error RULE_HTTP_COUPLING/,
  })
})

t.test('a file that cannot be read is no verdict', async t => {
  const world = makeMesh(t)
  // A name that is no text: it is listed, and cannot be opened by what it is listed as.
  try {
    writeFileSync(
      Buffer.concat([Buffer.from(`${world.top}/.infra`), Buffer.of(0xff), Buffer.from('.yaml')]),
      '',
    )
  } catch {
    return notRun(t, 'this file system takes no such name')
  }
  t.match(await world.run('manifest', 'check'), { code: 3, stdout: /1:1 error MANIFEST_UNREADABLE / })
})

t.test('a place or a mesh file that is not there is told', async t => {
  const world = makeMesh(t)
  t.match(await world.run('manifest', 'check', 'none'), {
    code: 1,
    stdout: '',
    stderr: /SOURCE_MISSING none/,
  })
  t.match(await world.run('manifest', 'check', '--hosts', 'none'), {
    code: 1,
    stderr: /PUBLISH_SOURCE_MISSING/,
  })
  world.write('mesh-hosts.json', '{"hosts":[]}')
  t.match(await world.run('manifest', 'check', '--hosts', 'mesh-hosts.json'), {
    ...{
      code: 1,
      stderr: 'infra: mesh-hosts.json:1:2 error MESH_WRONG_TYPE hosts: want a map, got a list of 0\n',
    },
  })
})
