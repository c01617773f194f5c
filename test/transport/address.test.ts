import t from 'tap'
import { isPrivateAddress } from '../../src/transport/address.ts'

/** The first and last address of each range, and their neighbours that are public. */
const PRIVATE = `
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.0.0
169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255
198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 fc00:: fdff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 100::1 64:ff9b:1::808:808 2001:db8::1 2001::1
2001:0:4136:e378:8000:63bf:f7f7:f7f7 2001:10::1 3fff::1 3fff:fff::1 4000::1 5f00::1 ::8.8.8.8 ::ffff:0:8.8.8.8
::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:ffff:a00:1 ::FFFF:192.168.0.1 ::ffff:0.0.0.0 64:ff9b::10.0.0.1
64:ff9b::a9fe:a9fe 2002:7f00:1::1 2002:a00:1:2:3:4:5:6 2002:e000::1
`
const PUBLIC = `
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 3ffe::1 ::ffff:8.8.8.8 ::ffff:808:808 64:ff9b::8.8.8.8
64:ff9b::808:808 2002:808:808::1
`
const listed = (text: string) => text.trim().split(/\s+/)

t.test('private addresses', async (t) => {
  for (const address of listed(PRIVATE)) t.equal(isPrivateAddress(address), true, address)
})

t.test('public addresses', async (t) => {
  for (const address of listed(PUBLIC)) t.equal(isPrivateAddress(address), false, address)
})

t.test('text that is not an address counts as private', async (t) => {
  for (const text of ['', 'localhost', 'api.example', '[2606:4700::1111]', '8.8.8', '8.8.8.8:80', '%']) {
    t.equal(isPrivateAddress(text), true, text)
  }
})
