// A manifest to begin with: valid as it is, with what is not known of a project left out and shown as comments.

import { checkManifest } from './check.ts'
import type { Environment } from './schema.ts'

/** Returns the text of a manifest for `project`, in quotes where the name alone would be read as something else. */
export function renderStarter(project: string, environment: Environment): string {
  const plain = /^[a-z][\w.-]*$/i.test(project) && checkManifest(render(project, environment), '').ok
  return render(plain ? project : JSON.stringify(project), environment)
}

function render(project: string, environment: Environment): string {
  return `# What this project needs to run, and where. Passcodes, bind addresses and other settings of a run do not
# belong here. Check it with: infra manifest check
apiVersion: infra/v1
project: ${project}
environment: ${environment}
provider: local # or digitalocean, mac, bare-metal
# service:
#   host: lime # a host of mesh-hosts.json
#   runtime: node
#   port: 8080
#   systemd_unit: press.service
# database: # of its own, on a shared cluster
#   cluster: main
#   name: press
#   user: press
# gpu:
#   mode: on-demand
# depends_on: [] # services that it calls over HTTP
`
}
