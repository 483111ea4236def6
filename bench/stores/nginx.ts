// nginx with one worker that serves a file for each repository, made beforehand: what one asks of it does not exist until
// somebody has rendered it, so this only explains.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort, startForeign } from '../servers.ts'
import type { Store } from './store.ts'

export const nginx: Store = {
  program: 'nginx',
  from: 'Debian: nginx-light',
  async start({ answers, folder }) {
    for (const [path, text] of answers) {
      const file = join(folder, 'www', path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const port = await freePort()
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, configOf(folder, port))
    return startForeign('nginx', {
      command: ['nginx', '-p', folder, '-c', config],
      port,
      path: '/',
    })
  },
  ask: path => ({ paths: [path] }),
  holds: (text, path, { answers }) => text === answers.get(path),
}

function configOf(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off;
master_process off;
worker_processes 1;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=4096;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/www;
  }
}
`
}
