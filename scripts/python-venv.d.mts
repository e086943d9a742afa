export declare function findVenv(requirements: string): string | undefined;
export declare function ensureVenv(requirements: string): string;
