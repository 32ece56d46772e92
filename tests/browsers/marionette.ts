/**
 * Firefox's own remote control, spoken directly: `length:[0, id, command, parameters]` over TCP.
 *
 * Unlike WebDriver BiDi it may enter a page of an extension, and the browser's own window with all of its rights. The
 * rule: what needs several commands in a row (a context, a window, then the script) happens as one, so that two tasks
 * asked for at once do not end in each other's window.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How an element of a page is named on the wire. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

type Reply = [type: 1, id: number, error: { error: string; message: string } | null, result: unknown];
type Task<A extends unknown[], R> = (...args: A) => R | Promise<R>;

export class Marionette {
  private received = Buffer.alloc(0);
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private lastId = 0;
  private lastTask: Promise<unknown> = Promise.resolve();

  /** The tab that the browser began with. Others are opened from it, for one that is closed opens none. */
  private home = '';

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    // A killed browser resets the connection; whoever waited is told by `close`.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('Firefox is gone'));
      this.waiting.clear();
    });
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const marionette = new Marionette(socket);
    await marionette.command('WebDriver:NewSession');
    marionette.home = await marionette
      .command<{ value: string }>('WebDriver:GetWindowHandle')
      .then(({ value }) => value);
    return marionette;
  }

  /** Runs in the browser's own window, as its own code does. */
  privileged<A extends unknown[], R>(task: Task<A, R>, ...args: A): Promise<R> {
    return this.exclusively(async () => {
      await this.command('Marionette:SetContext', { value: 'chrome' });
      return this.execute(task, args, 'system');
    });
  }

  async open(url: string): Promise<Tab> {
    return this.exclusively(async () => {
      await this.command('Marionette:SetContext', { value: 'content' });
      await this.command('WebDriver:SwitchToWindow', { handle: this.home });
      const { handle } = await this.command<{ handle: string }>('WebDriver:NewWindow', { type: 'tab' });
      await this.command('WebDriver:SwitchToWindow', { handle });
      await this.command('WebDriver:Navigate', { url });
      return new Tab(this, handle);
    });
  }

  /** `work` alone talks to the browser; for `Tab`. */
  exclusively<R>(work: () => Promise<R>): Promise<R> {
    const done = this.lastTask.then(work);
    this.lastTask = done.catch(() => undefined);
    return done;
  }

  command<R = unknown>(name: string, parameters: object = {}): Promise<R> {
    this.lastId += 1;
    const frame = JSON.stringify([0, this.lastId, name, parameters]);
    const answered = new Promise<unknown>((resolve, reject) => {
      if (this.socket.destroyed) reject(new Error('Firefox is gone'));
      this.waiting.set(this.lastId, { resolve, reject });
    });
    this.socket.write(`${Buffer.byteLength(frame)}:${frame}`);
    return answered as Promise<R>;
  }

  async execute<A extends unknown[], R>(task: Task<A, R>, args: A, sandbox: 'system' | null): Promise<R> {
    const { value } = await this.command<{ value: R }>('WebDriver:ExecuteScript', {
      script: `return (${task})(...arguments)`,
      args,
      sandbox,
      newSandbox: false,
      scriptTimeout: 600_000,
    });
    return value;
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const colon = this.received.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.received.toString('latin1', 0, colon));
      if (this.received.length < end) return;
      const message: unknown = JSON.parse(this.received.toString('utf8', colon + 1, end));
      this.received = this.received.subarray(end);
      // The greeting is no reply.
      if (Array.isArray(message)) this.settle(message as Reply);
    }
  }

  private settle([, id, error, result]: Reply): void {
    const caller = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) caller?.reject(new Error(`${error.error}: ${error.message}`));
    else caller?.resolve(result);
  }
}

/** One tab, which stays the same wherever it is led. */
export class Tab {
  constructor(
    private readonly marionette: Marionette,
    private readonly handle: string,
  ) {}

  evaluate<A extends unknown[], R>(task: Task<A, R>, ...args: A): Promise<R> {
    return this.inside(() => this.marionette.execute(task, args, null));
  }

  /** Clicks the first of these elements that assistive technology knows by such a name; false when there is none. */
  click(selector: string, name: RegExp): Promise<boolean> {
    return this.withNamed(selector, name, (id) => this.marionette.command('WebDriver:ElementClick', { id }));
  }

  /** Puts `text` in place of what stands in such a field. */
  fill(selector: string, name: RegExp, text: string): Promise<boolean> {
    return this.withNamed(selector, name, async (id) => {
      await this.marionette.command('WebDriver:ElementClear', { id });
      await this.marionette.command('WebDriver:ElementSendKeys', { id, text });
    });
  }

  close(): Promise<unknown> {
    return this.inside(() => this.marionette.command('WebDriver:CloseWindow'));
  }

  private withNamed(selector: string, name: RegExp, use: (id: string) => Promise<unknown>): Promise<boolean> {
    return this.inside(async () => {
      const found = await this.marionette.command<Record<typeof ELEMENT, string>[]>(
        'WebDriver:FindElements',
        {
          using: 'css selector',
          value: selector,
        },
      );
      for (const { [ELEMENT]: id } of found) {
        const label = await this.marionette.command<{ value: string }>('WebDriver:GetComputedLabel', { id });
        if (!name.test(label.value)) continue;
        await use(id);
        return true;
      }
      return false;
    });
  }

  private inside<R>(work: () => Promise<R>): Promise<R> {
    return this.marionette.exclusively(async () => {
      await this.marionette.command('Marionette:SetContext', { value: 'content' });
      await this.marionette.command('WebDriver:SwitchToWindow', { handle: this.handle });
      return work();
    });
  }
}
