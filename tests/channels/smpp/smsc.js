// A message centre made of the package smpp: it says on its output what it hears, a JSON object a line.
// Messages to a number that ends in 9 fail, those to one that ends in 8 are answered in two pieces.
const smpp = require('smpp');
const [form] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const FAILURES = { 9: ['UNDELIV', 5, Buffer.from([3, 0, 27])] };
let count = 0;

function report(session, pdu, id) {
  const [stat, state, error] = FAILURES[pdu.destination_addr.slice(-1)] || ['DELIVRD', 2, null];
  const receipt = { source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: '' };
  if (form !== 'options') {
    receipt.short_message = `id:${id} sub:001 dlvrd:001 submit date:2611220101 done date:2611220102 stat:${stat} err:027 text:`;
  }
  if (form !== 'words') {
    Object.assign(receipt, { receipted_message_id: id, message_state: state });
    if (error) receipt.network_error_code = error;
  }
  session.deliver_sm(receipt, (answer) => say({ acknowledged: answer.command_status }));
}

function reply(session, pdu) {
  ['退订', '谢谢'].forEach((message, at) => session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, data_coding: 8, esm_class: 0x40,
    short_message: { udh: Buffer.from([5, 0, 3, 7, 2, at + 1]), message },
  }));
}

const server = smpp.createServer({}, (session) => {
  session.on('error', (error) => say({ error: error.message }));
  for (const bind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(bind, (pdu) => {
      say({ bind, version: pdu.interface_version });
      if (pdu.password === 'standin') return session.send(pdu.response({ system_id: 'SMSC' }));
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      return session.close();
    });
  }
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    const id = `id${++count}`;
    const { udh, message } = pdu.short_message;
    say({
      to: pdu.destination_addr, source: pdu.source_addr, coding: pdu.data_coding, wants: pdu.registered_delivery,
      udh: udh ? (Array.isArray(udh) ? Buffer.concat(udh) : udh).toString('hex') : '', text: message,
    });
    session.send(pdu.response({ message_id: id }));
    report(session, pdu, id);
    if (pdu.destination_addr.endsWith('8')) reply(session, pdu);
  });
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
