/** What is used of the WebAssembly JavaScript interface, which TypeScript declares only along with browsers' own. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
    }
    class Instance {
      constructor(module: Module);
      readonly exports: Readonly<Record<string, unknown>>;
    }
    class Memory {
      private constructor();
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
  }
}

export {};
