/** The part of the WebAssembly API used here. TypeScript declares it only in its DOM library. */
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
