import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { checkRequest, hasCarriedContent } from '../../src/server/request-check.ts'
import { world } from '../fixtures/server-world.ts'

const request = (rawHeaders: string[], more: object = {}, raw: object = {}) =>
  ({
    method: 'GET',
    raw: { rawHeaders, httpVersion: '1.1', url: '/livez', socket: {}, ...raw },
    ...more,
  }) as unknown as FastifyRequest

t.test('a request', async t => {
  const HOST = ['Host', 'x']
  const rows: readonly (readonly [why: string, request: FastifyRequest, code: string | undefined])[] = [
    ['with one Host', request(HOST), undefined],
    ['with two Hosts', request([...HOST, 'hOST', 'y']), 'bad_request'],
    ['with two equal Hosts', request([...HOST, ...HOST]), 'bad_request'],
    ['without a Host', request(['X-Ho', 'x']), 'bad_request'],
    ['of HTTP/1.0 without a Host', request([], {}, { httpVersion: '1.0' }), undefined],
    ['of HTTP/0.9', request([], {}, { httpVersion: '0.9' }), 'bad_request'],
    ['with a Host among its values', request([...HOST, 'x', 'Host']), undefined],
    ['with a fragment', request(HOST, {}, { url: '/livez#x' }), 'bad_request'],
    ['with content', request([...HOST, 'Content-Length', '1']), 'content_too_large'],
    ['with content of no length', request([...HOST, 'content-length', '0']), undefined],
    ['HEAD with content', request([...HOST, 'content-length', '1'], { method: 'HEAD' }), 'content_too_large'],
    ['POST with content', request([...HOST, 'content-length', '1'], { method: 'POST' }), undefined],
    ['with chunked content', request([...HOST, 'Transfer-Encoding', 'Chunked']), 'content_too_large'],
    ['with a coding that is not chunked', request([...HOST, 'transfer-encoding', 'xchunked']), 'bad_request'],
    ['with two codings', request([...HOST, 'transfer-encoding', 'gzip, chunked']), 'bad_request'],
    [
      'POST with such a coding',
      request([...HOST, 'transfer-encoding', 'identity'], { method: 'POST' }),
      'bad_request',
    ],
  ]
  for (const [why, asked, code] of rows)
    t.equal(checkRequest(asked)?.code, code, `${why}: ${code ?? 'passes'}`)
})

t.test('a socket is remembered once its request has announced content, whatever the method', async t => {
  for (const [headers, carried] of [
    [['Host', 'x'], false],
    [['Host', 'x', 'Content-Length', '0'], false],
    [['Host', 'x', 'Content-Length', '5'], true],
    [['Host', 'x', 'Transfer-Encoding', 'chunked'], true],
  ] as const) {
    const socket = {} as Socket
    checkRequest(request([...headers], { method: 'PUT' }, { socket }))
    t.equal(hasCarriedContent(socket), carried, headers.join(' '))
  }
})

t.test('while the service drains, each answer asks the client to connect elsewhere', async t => {
  const { app, lifecycle } = await world(t)
  t.not((await app.inject('/livez')).headers.connection, 'close')
  lifecycle.draining = true
  for (const url of ['/livez', '/resolve/k/k', '/resolve/k/none', '/nowhere', '/readyz']) {
    t.equal((await app.inject(url)).headers.connection, 'close', url)
  }
})
