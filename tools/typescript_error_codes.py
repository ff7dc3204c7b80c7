"""Prints the TypeScript client's table of codes: the errors that they are in the Python client.

python tools/typescript_error_codes.py > error_codes.gen.ts
"""

from openchannels.client.error_codes import BY_CODE, RETRYABLE

if __name__ == "__main__":
    print("/** Made by tools/typescript_error_codes.py. */")
    print("export const ERROR_CODES = {")
    for kind in sorted({kind.__name__ for kind in BY_CODE.values()}):
        print(f"  {kind}: {sorted(code for code in BY_CODE if BY_CODE[code].__name__ == kind)},")
    print("} as const;\n")
    print("/** Codes that pass by themselves, where the answer does not say so. */")
    print(f"export const RETRYABLE_CODES: readonly number[] = {sorted(RETRYABLE)};")
