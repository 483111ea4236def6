// A tree of projects with a manifest each, of any size, the same one each time, and a mesh file for it.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const HOSTS = 50

/** Writes `count` projects to `apps/` of `folder`, and the mesh file beside it; returns the path of that. */
export function writeManifests(folder: string, count: number): string {
  const hosts: Record<string, object> = {}
  for (let i = 0; i < HOSTS; i++) hosts[`host-${i}`] = { addresses: [`10.0.0.${i + 1}`] }
  for (let i = 0; i < count; i++) {
    const project = join(folder, 'apps', `project-${i}`)
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, '.infra.yaml'), manifestOf(i))
  }
  const mesh = join(folder, 'mesh-hosts.json')
  writeFileSync(mesh, `${JSON.stringify({ hosts }, null, 2)}\n`)
  return mesh
}

function manifestOf(i: number): string {
  return `# Project ${i} of a tree made for measuring.
apiVersion: infra/v1
project: project-${i}
environment: prod
provider: digitalocean
database:
  cluster: main
  name: project_${i}
  user: project_${i}
service:
  host: host-${i % HOSTS}
  runtime: node
  port: ${10_000 + i}
  systemd_unit: project-${i}.service
gpu:
  mode: on-demand
depends_on:
  - project-${Math.max(0, i - 1)}
  - project-${Math.floor(i / 2)}
`
}
